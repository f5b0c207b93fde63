"""What the door counted can be shown to an operator: numbers and kinds, no words."""

import json

from webhooks.wecom.counters import Counters
from webhooks.wecom.refusal import Reason


def test_everything_is_shown_under_the_codes_of_the_log():
    counters = Counters(stored=3, too_large=1, not_stored=2)
    counters.refused.update([Reason.SIGNATURE, Reason.SIGNATURE, Reason.AGE])
    counters.unknown.update(["app.event.brand_new", "kf.event.enter_session"])
    shown = counters.shown()
    assert shown == {
        "stored": 3,
        "too_large": 1,
        "not_stored": 2,
        "refused": {"-40001": 2, "-41002": 1},
        "unknown": {"app.event.brand_new": 1, "kf.event.enter_session": 1},
    }
    assert json.loads(json.dumps(shown)) == shown


def test_a_kind_that_is_no_plain_name_is_counted_without_being_shown():
    counters = Counters()
    counters.unknown.update(["app.我姓王,电话13800000000", "kf." + "x" * 200, "kf.<b>"])
    assert counters.shown()["unknown"] == {"other": 3}
