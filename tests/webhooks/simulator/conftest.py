import pytest

from tests.webhooks.simulator.stage import Stage


@pytest.fixture
async def stage(tmp_path):
    stage = Stage(folder=tmp_path)
    yield stage
    await stage.http.aclose()
    await stage.sim.close()
