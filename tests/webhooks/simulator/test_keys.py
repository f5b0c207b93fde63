import stat

import pytest
from click.testing import CliRunner

from webhooks.simulator.__main__ import main
from webhooks.simulator.keys import open_keys
from webhooks.simulator.world import DEMO_WORLD, World


def test_keys_are_made_once_and_kept(tmp_path):
    path = tmp_path / "keys.json"
    first = open_keys(path, DEMO_WORLD, {})
    second = open_keys(path, DEMO_WORLD, {"app": "http://127.0.0.1:1/app"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second["kf"] == first["kf"]
    assert second["app"].secret == first["app"].secret
    assert open_keys(path, DEMO_WORLD, {})["app"].callback_url == "http://127.0.0.1:1/app"
    World.load(DEMO_WORLD, second)


def test_a_door_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such door"):
        open_keys(tmp_path / "keys.json", DEMO_WORLD, {"window": "http://x"})


@pytest.mark.parametrize("callback", ["app", "app=ftp://x", "window=http://x"])
def test_the_command_refuses_a_bad_callback_before_it_serves(tmp_path, callback):
    result = CliRunner().invoke(main, ["--keys", str(tmp_path / "keys.json"), "--callback", callback])
    assert result.exit_code != 0
