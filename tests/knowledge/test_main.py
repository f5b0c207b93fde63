from __future__ import annotations

from click.testing import CliRunner

from knowledge.__main__ import main


def test_the_shipped_entries_are_counted_and_pass():
    result = CliRunner().invoke(main)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1].startswith("all")


def test_a_problem_is_printed_and_fails(tmp_path):
    (tmp_path / "price.yaml").write_text(
        "- {id: price-01, objection: price, title: 先对账, industries: [any], stage: any, when: 客户嫌高, "
        "reply: 看差在哪, why: 差额能谈, ask: 哪一行？, examples: [高]}",
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert result.exit_code == 1
    assert "price-01: has 1 examples, 2 are needed" in result.output


def test_what_cannot_be_read_is_told_and_fails(tmp_path):
    (tmp_path / "price.yaml").write_text("- {id: price-01}", encoding="utf-8")
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert result.exit_code == 1
    assert "price.yaml: price-01: reply: Field required" in result.output
