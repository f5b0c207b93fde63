from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import faiss
import numpy as np
import pytest

from knowledge.retrieval import HybridRetriever, load_retriever
from tests.fakes import FakeEncoder
from tests.knowledge.written import as_yaml, ask, entry


class CountingEncoder(FakeEncoder):
    """Remembers what it was asked to encode."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts):
        self.texts += texts
        return super().encode(texts)


class SenseEncoder:
    """Knows two senses, whatever the words: those about the queue and all others."""

    name = "sense"
    dimensions = 2

    def encode(self, texts):
        return np.array([[1, 0] if "排" in text else [0, 1] for text in texts], np.float32)


def found(retriever, query):
    return [passage.entry_id for passage in retriever.retrieve(query)]


def test_only_entries_of_the_classes_asked_for_answer():
    retriever = HybridRetriever([entry(1), entry(1, "trust"), entry(1, "service")], FakeEncoder())
    assert found(retriever, ask("甲", "trust")) == ["trust-01"]
    assert found(retriever, ask("甲", "mood")) == []


def test_an_entry_also_answers_its_further_classes_under_the_class_asked_for():
    retriever = HybridRetriever([entry(1, also=("competitor",))], FakeEncoder())
    (passage,) = retriever.retrieve(ask("甲", "competitor"))
    assert (passage.entry_id, passage.objection) == ("price-01", "competitor")


def test_a_line_written_for_an_entry_finds_it_first():
    entries = [entry(number) for number in range(1, 12)]
    retriever = HybridRetriever(entries, FakeEncoder())
    for one in entries:
        assert found(retriever, ask(one.examples[0], "price"))[0] == one.id


def test_sense_finds_what_shares_no_words():
    waiting = entry(1, when="排队", examples=("排不上", "排着呢"))
    other = entry(2, when="其余", examples=("不一样", "另一回事"))
    for entries in ([waiting, other], [other, waiting]):
        assert (
            found(HybridRetriever(entries, SenseEncoder()), ask("轮到我要排多久", "price"))[0] == "price-01"
        )


def test_classes_take_turns_so_that_each_is_answered_before_one_is_answered_twice():
    entries = [entry(number, code) for code in ("price", "trust") for number in (1, 2, 3)]
    passages = HybridRetriever(entries, FakeEncoder()).retrieve(ask("话不多说", "price", "trust", limit=4))
    assert [passage.objection for passage in passages] == ["price", "trust", "price", "trust"]


def test_a_class_with_nothing_left_leaves_its_turn_to_the_others():
    entries = [entry(1), *(entry(number, "trust") for number in (1, 2, 3))]
    passages = HybridRetriever(entries, FakeEncoder()).retrieve(ask("甲", "price", "trust", limit=4))
    assert [passage.objection for passage in passages] == ["price", "trust", "trust", "trust"]


def test_the_same_move_never_comes_twice_not_even_for_two_classes():
    same_title = [entry(1, title="先把账摊开"), entry(2, title="先把账摊开来"), entry(3)]
    assert len(HybridRetriever(same_title, FakeEncoder()).retrieve(ask("甲", "price"))) == 2
    same_reply = [entry(1, reply="咱们先看差在哪一行。"), entry(1, "trust", reply="咱们先看看差在哪一行。")]
    assert len(HybridRetriever(same_reply, FakeEncoder()).retrieve(ask("甲", "price", "trust"))) == 1


def test_an_entry_of_two_classes_answers_once_when_both_are_asked_for():
    entries = [entry(1, also=("trust",)), entry(2, "trust")]
    assert found(HybridRetriever(entries, FakeEncoder()), ask("甲", "price", "trust")) == [
        "price-01",
        "trust-02",
    ]


WORDS = {"物流": ("物流", "车队"), "食品": ("食品", "灌装")}


def bound():
    """A reply for all, one for logistics and one for food; the last gives its industry away."""
    return [
        entry(1),
        entry(2, industries=("物流",)),
        entry(3, industries=("食品",), reply="灌装线先不动。"),
    ]


def test_a_named_industry_comes_before_any_and_keeps_strangers_out():
    retriever = HybridRetriever(bound(), FakeEncoder(), WORDS)
    assert found(retriever, ask("话不多说", "price", industry="物流")) == ["price-02", "price-01"]


def test_a_named_industry_that_no_entry_knows_leaves_the_replies_for_any():
    assert found(
        HybridRetriever(bound(), FakeEncoder(), WORDS), ask(entry(2).examples[0], "price", industry="航天")
    ) == ["price-01"]


def test_the_words_of_the_customer_show_the_industry():
    retriever = HybridRetriever(bound(), SenseEncoder(), WORDS)
    assert found(retriever, ask("我们车队不急", "price"))[0] == "price-02"


def test_a_stranger_is_let_in_for_a_close_line_only():
    retriever = HybridRetriever(bound(), SenseEncoder(), WORDS)
    assert found(retriever, ask("话不多说", "price")) == ["price-01"]
    assert found(retriever, ask(entry(2).examples[0], "price"))[0] == "price-02"


def test_a_stranger_whose_words_give_its_industry_away_must_be_closer_still():
    neutral = replace(bound()[2], reply="这条线先不动。")
    weak = ask(f"{entry(3).when[:2]}先不说，别的改日慢慢聊", "price")
    let_in = {
        name: "price-03" in found(HybridRetriever([entry(1), one], SenseEncoder(), WORDS), weak)
        for name, one in (("neutral", neutral), ("given away", bound()[2]))
    }
    assert let_in == {"neutral": True, "given away": False}
    assert "price-03" in found(
        HybridRetriever(bound(), SenseEncoder(), WORDS), ask(entry(3).examples[0], "price")
    )


def test_an_edited_entry_never_answers_with_its_old_text():
    old = [entry(number) for number in (1, 2)]
    retriever = HybridRetriever(old, FakeEncoder())
    (before, *_) = retriever.retrieve(ask(old[0].examples[0], "price"))
    edited = replace(old[0], reply="重写过的答复。")
    retriever.replace([edited, old[1]])
    (after, *_) = retriever.retrieve(ask(old[0].examples[0], "price"))
    assert (after.entry_id, after.reply) == (before.entry_id, "重写过的答复。")
    assert after.version == edited.version != before.version
    rebuilt = HybridRetriever([edited, old[1]], FakeEncoder())
    assert rebuilt.retrieve(ask(old[0].examples[0], "price"))[0] == after


def test_a_removed_entry_is_gone_and_a_class_without_entries_answers_nothing():
    retriever = HybridRetriever([entry(1), entry(1, "trust")], FakeEncoder())
    retriever.replace([entry(1, "trust")])
    assert retriever.retrieve(ask("甲", "price")) == []
    retriever.replace([])
    assert retriever.retrieve(ask("甲", "trust")) == []


def test_an_edit_encodes_only_what_is_new():
    encoder = CountingEncoder()
    retriever = HybridRetriever([entry(1), entry(2)], encoder)
    encoder.texts.clear()
    retriever.replace([replace(entry(1), examples=("新写的一句", entry(1).examples[1])), entry(2)])
    assert encoder.texts == ["新写的一句"]


def test_queries_beside_an_edit_see_the_old_entries_or_the_new_ones_never_both():
    sides = [
        [entry(n, reply=f"{side}边{n}号。", title=f"{side}{n}") for n in (1, 2, 3)] for side in ("旧", "新")
    ]
    retriever = HybridRetriever(sides[0], FakeEncoder())
    done = threading.Event()

    def read():
        seen = set()
        while not done.is_set():
            seen.add(frozenset(passage.reply[0] for passage in retriever.retrieve(ask("甲乙丙", "price"))))
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for turn in range(100):
            retriever.replace(sides[turn % 2])
        done.set()
    assert set().union(*(reader.result() for reader in readers)) <= {frozenset("旧"), frozenset("新")}


def test_a_search_takes_one_thread_whichever_thread_it_is_asked_from():
    retriever = HybridRetriever([entry(1)], FakeEncoder())

    def search_as_worker():
        faiss.omp_set_num_threads(2)
        retriever.retrieve(ask("甲", "price"))
        return faiss.omp_get_max_threads()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(search_as_worker).result() == 1


def written_folder(tmp_path, reply="咱们先看差在哪。"):
    folder = tmp_path / "entries"
    folder.mkdir(exist_ok=True)
    fields = {
        "id": "price-01",
        "objection": "price",
        "title": "先对账",
        "industries": ["any"],
        "stage": "any",
    }
    fields |= {
        "when": "客户嫌高",
        "reply": reply,
        "why": "差额能谈。",
        "ask": "哪一行？",
        "examples": ["太狠", "离谱"],
    }
    (folder / "price.yaml").write_text(as_yaml(fields), encoding="utf-8")
    return folder


def test_a_restart_encodes_nothing_again_and_keeps_no_word_of_a_customer(tmp_path):
    folder, kept = written_folder(tmp_path), tmp_path / "vectors.npz"
    load_retriever(FakeEncoder(), folder, kept).retrieve(ask("张家口的客户说的话", "price"))
    encoder = CountingEncoder()
    again = load_retriever(encoder, folder, kept)
    assert encoder.texts == []
    assert set(again.vectors) == {"客户嫌高", "太狠", "离谱"}


def test_a_kept_vector_never_brings_back_an_old_reply(tmp_path):
    kept = tmp_path / "vectors.npz"
    load_retriever(FakeEncoder(), written_folder(tmp_path), kept)
    edited = load_retriever(FakeEncoder(), written_folder(tmp_path, reply="换一种说法。"), kept)
    assert [passage.reply for passage in edited.retrieve(ask("太狠", "price"))] == ["换一种说法。"]


@pytest.mark.parametrize("text", ["", "？？", "😀", "x" * 5000])
def test_any_text_is_answered(text):
    assert found(HybridRetriever([entry(1)], FakeEncoder()), ask(text, "price")) == ["price-01"]
