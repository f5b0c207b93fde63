"""The steps that make the shipped model, on a tiny encoder: unpacking, tuning, writing the graph."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

from nlp.encoder import OnnxEncoder, open_session  # noqa: E402
from nlp.reading import Said  # noqa: E402
from nlp.train.examples import Example, Marked, folds, load_examples  # noqa: E402
from nlp.train.graph import encoder_graph, export  # noqa: E402
from nlp.train.heads import covered  # noqa: E402
from nlp.train.pristine import PackedModel, kept_rows, unpack_q4  # noqa: E402
from nlp.train.tune import Recipe, tune  # noqa: E402
from tests.nlp.tiny import tiny_bert, tiny_tokenizer  # noqa: E402

TEXTS = ["价格高", "个月", "明天见", "你们这个价格比别家高"]


def tiny() -> torch.nn.Module:
    return tiny_bert(tiny_tokenizer().get_vocab_size())


def last_layer(bert: torch.nn.Module, ids: list[int]) -> np.ndarray:
    with torch.no_grad():
        return bert(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()


def test_a_four_bit_block_is_a_scale_and_low_nibbles_first():
    block = struct.pack("<e", 0.5) + bytes([0x1F, *[0x88] * 15])
    (row,) = unpack_q4(memoryview(block), 32)
    assert row[0] == (15 - 8) * 0.5
    assert row[16] == (1 - 8) * 0.5
    assert not row[1:16].any()


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(ValueError, match="packed"):
        PackedModel(tmp_path / "other.bin")


def test_kept_rows_follow_the_order_of_our_tokenizer(tmp_path: Path):
    (tmp_path / "t.json").write_text('{"model": {"vocab": [["b", -1.0], ["a", -2.0]]}}', encoding="utf-8")
    assert kept_rows(["a", "x", "b"], tmp_path / "t.json") == [2, 0]


def test_the_written_graph_says_what_the_model_says(tmp_path: Path):
    import onnx

    bert, tokenizer = tiny(), tiny_tokenizer()
    onnx.save(encoder_graph(bert), tmp_path / "full.onnx")
    session = open_session(tmp_path / "full.onnx")
    encoder = OnnxEncoder(session, tokenizer, name="tiny", prefix="")
    for reading, text in zip(encoder.read([Said(text) for text in TEXTS]), TEXTS, strict=True):
        words = last_layer(bert, tokenizer.encode(text).ids)
        assert np.abs(reading.words - words[1:-1]).max() < 0.02  # the table of pieces has 8 bits


def test_padding_changes_nothing(tmp_path: Path):
    import onnx

    onnx.save(encoder_graph(tiny()), tmp_path / "full.onnx")
    session = open_session(tmp_path / "full.onnx")
    ids, mask = np.array([[0, 5, 6, 2, 1, 1]]), np.array([[1, 1, 1, 1, 0, 0]])
    (padded,) = session.run(["words"], {"ids": ids, "mask": mask})
    (plain,) = session.run(["words"], {"ids": ids[:, :4], "mask": mask[:, :4]})
    assert np.abs(padded[:, :4] - plain).max() < 1e-5


def test_the_eight_bit_graph_stays_close(tmp_path: Path):
    bert, tokenizer = tiny(), tiny_tokenizer()
    export(bert, tmp_path / "small.onnx")
    encoder = OnnxEncoder(open_session(tmp_path / "small.onnx"), tokenizer, name="tiny", prefix="")
    for vector, text in zip(encoder.encode(TEXTS), TEXTS, strict=True):
        mean = last_layer(bert, tokenizer.encode(text).ids).mean(0)
        assert float(vector @ mean / np.linalg.norm(mean)) > 0.97


def lessons() -> list[Example]:
    doubts = [Example(f"价格高{n}", "", ("price",), (Marked("price", 0, 3),), (), "甲") for n in range(12)]
    chat = [Example(f"明天见{n}", "", (), (), (), "乙") for n in range(12)]
    return doubts + chat


def tuned(seed: int) -> torch.nn.Module:
    recipe = Recipe(epochs=6, batch=8, frozen_layers=1, encoder_rate=1e-3, seed=seed)
    return tune(tiny(), tiny_tokenizer(), lessons(), recipe)


def apart(bert: torch.nn.Module) -> float:
    doubt, chat = (
        last_layer(bert, tiny_tokenizer().encode("query: " + t).ids).mean(0) for t in ("价格高", "明天见")
    )
    return float(np.linalg.norm(doubt / np.linalg.norm(doubt) - chat / np.linalg.norm(chat)))


def test_tuning_moves_classes_apart_and_leaves_the_lower_layers_alone():
    before, after = tiny(), tuned(1)
    assert apart(after) > apart(before)
    first = "encoder.layer.0.output.dense.weight"
    assert torch.equal(before.state_dict()[first], after.state_dict()[first])


def test_the_same_seed_gives_the_same_weights():
    one, same, other = (tuned(seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_no_industry_is_both_learned_and_judged():
    examples = load_examples(Path(__file__).parents[3] / "nlp" / "corpus")
    parts = folds(examples, 6)
    homes: dict[str, set[int]] = {}
    for example, part in zip(examples, parts, strict=True):
        homes.setdefault(example.group, set()).add(int(part))
    assert all(len(found) == 1 for found in homes.values())
    assert min(np.bincount(parts)) > len(examples) / 20


def test_tokens_that_touch_the_marked_words_show_them():
    table = covered([(0, 2), (2, 3), (3, 5)], [Marked("price", 1, 3)], ["budget", "price"])
    assert table.tolist() == [[0, 1], [0, 1], [0, 0]]
