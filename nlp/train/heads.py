"""Fit all heads over one encoder, calibrated on lines that neither encoder nor heads had seen."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.fit import (
    SPARSE_STRENGTH,
    WORD_STRENGTH,
    Scores,
    fit_calibration,
    fit_dense,
    fit_linear,
    sparse_matrix,
    with_any,
)
from nlp.heads import Fitted, Heads, Linear
from nlp.ngrams import Vocabulary
from nlp.reading import Floats, Reader, Reading
from nlp.shades import KINDS, SEVERITIES, mean_inside
from nlp.train.examples import NEEDS, OBJECTIONS, Example, Marked, multi_hot, targets

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lesson:
    """Labelled lines as the encoder reads them. `parts` are their folds."""

    examples: Sequence[Example]
    readings: Sequence[Reading]
    parts: NDArray[np.intp]

    @property
    def vectors(self) -> Floats:
        return np.stack([reading.vector for reading in self.readings])

    @property
    def texts(self) -> list[str]:
        return [example.text for example in self.examples]


def read_lesson(examples: Sequence[Example], reader: Reader, parts: NDArray[np.intp]) -> Lesson:
    return Lesson(examples, reader.read([example.said for example in examples]), parts)


def unseen_scores(lesson: Lesson, labels: Floats, unseen: Sequence[int]) -> tuple[Scores, NDArray[np.bool_]]:
    """Score the folds `unseen`, each by heads fitted on all other folds; also say which lines these are."""
    dense, sparse = np.zeros_like(labels), np.zeros_like(labels)
    for fold in unseen:
        inside = lesson.parts == fold
        first, second, vocabulary = fit_both(lesson, labels, ~inside)
        dense[inside] = first.dense(lesson.vectors[inside])
        unseen_texts = [text for text, here in zip(lesson.texts, inside, strict=True) if here]
        sparse[inside] = np.stack([second.loudest(vocabulary.with_clauses(text)) for text in unseen_texts])
    chosen = np.isin(lesson.parts, unseen)
    return Scores(dense[chosen], sparse[chosen]), chosen


def fit_both(lesson: Lesson, labels: Floats, taught: NDArray[np.bool_]) -> tuple[Linear, Linear, Vocabulary]:
    """Fit the dense and the sparse head on the lines `taught`, with the n-grams of those lines."""
    texts = [text for text, used in zip(lesson.texts, taught, strict=True) if used]
    vocabulary = Vocabulary.learn(texts)
    matrix = sparse_matrix(vocabulary.rows(texts), len(vocabulary.runs))
    dense = fit_dense(lesson.vectors[taught], labels[taught])
    return dense, fit_linear(matrix, labels[taught], SPARSE_STRENGTH), vocabulary


def unseen_figures(scores: Scores, labels: Floats) -> tuple[float, float, float]:
    """Judge unseen lines fairly, each half by thresholds that were set on the other.

    Return macro F1, the share of false alarms among lines without a class, and the share of lines
    with one of which nothing was heard.
    """
    half = np.arange(len(labels)) % 2 == 0
    flagged = np.zeros(labels.shape, bool)
    for inside in (half, ~half):
        calibration = fit_calibration(Scores(scores.dense[~inside], scores.sparse[~inside]), labels[~inside])
        chances = calibration.chances(scores.dense[inside], scores.sparse[inside])
        flagged[inside] = chances >= np.array(calibration.thresholds)
    hits = (flagged & (labels > 0)).sum(0)
    f1 = 2 * hits / np.maximum(flagged.sum(0) + labels.sum(0), 1)
    silent, quiet = ~np.any(flagged, axis=1), np.max(labels, axis=1) == 0
    return float(f1.mean()), float(1 - silent[quiet].mean()), float(silent[~quiet].mean())


def fit_words(lesson: Lesson, marks: Sequence[Sequence[Marked]], codes: Sequence[str]) -> Linear:
    """Fit, for each class, which tokens of a message that holds it are its evidence."""
    used = [row for row, marked in enumerate(marks) if marked]
    words = np.concatenate([lesson.readings[row].words for row in used])
    places = [lesson.readings[row].places for row in used]
    inside = np.concatenate([covered(p, marks[row], codes) for p, row in zip(places, used, strict=True)])
    present = multi_hot([[mark.code for mark in marks[row]] for row in used], codes)
    known = np.repeat(present, [len(place) for place in places], axis=0)
    return fit_linear(words, inside, WORD_STRENGTH, known)


def covered(places: Sequence[tuple[int, int]], marks: Sequence[Marked], codes: Sequence[str]) -> Floats:
    """Return (tokens, codes): 1 where a token overlaps a mark of that class."""
    table = np.zeros((len(places), len(codes)), np.float32)
    for mark in marks:
        for row, (start, end) in enumerate(places):
            if start < mark.end and end > mark.start:
                table[row, codes.index(mark.code)] = 1
    return table


def fit_stated(lesson: Lesson) -> Linear:
    """Fit explicit against implicit on the mean of the evidence's tokens."""
    vectors, explicit = [], []
    for example, reading in zip(lesson.examples, lesson.readings, strict=True):
        for need in example.needs:
            inside = covered(reading.places, [need], [need.code])[:, 0] > 0
            if inside.any():
                vectors.append(reading.words[inside].mean(0))
                explicit.append([float(need.stated == "explicit")])
    return fit_linear(np.stack(vectors), np.array(explicit, np.float32), WORD_STRENGTH)


def fit_severity(lesson: Lesson) -> Linear:
    """Fit mild, clear and final on the mean of the objection's tokens; without a span, on all."""
    vectors, grades = [], []
    for example, reading in zip(lesson.examples, lesson.readings, strict=True):
        spans = {span.code: span for span in example.objection_spans}
        for code, grade in example.severity.items():
            start, end = (spans[code].start, spans[code].end) if code in spans else (0, len(example.text))
            middle = mean_inside(reading, start, end)
            if middle is not None:
                vectors.append(middle)
                grades.append([SEVERITIES[grade - 1]])
    if not vectors:
        return untaught(lesson, len(SEVERITIES))
    return fit_linear(np.stack(vectors), multi_hot(grades, SEVERITIES), WORD_STRENGTH)


def untaught(lesson: Lesson, outputs: int) -> Linear:
    """Return a head that prefers nothing, for a corpus that says nothing about it."""
    width = lesson.readings[0].vector.shape[-1]
    return Linear(np.zeros((width, outputs), np.float32), np.zeros(outputs, np.float32))


def fit_kinds(lesson: Lesson) -> Linear:
    """Fit what stands behind a put-off on the put-offs whose kind somebody read."""
    chosen = [row for row, example in enumerate(lesson.examples) if example.kind is not None]
    if not chosen:
        return untaught(lesson, len(KINDS))
    kinds = multi_hot([[str(lesson.examples[row].kind)] for row in chosen], KINDS)
    return fit_dense(lesson.vectors[chosen], kinds)


def fit_heads(
    lesson: Lesson,
    labels: Floats,
    marks: Sequence[Sequence[Marked]],
    codes: Sequence[str],
    unseen: Sequence[int],
) -> tuple[Heads, Vocabulary]:
    wide = with_any(labels)
    scores, chosen = unseen_scores(lesson, wide, unseen)
    macro_f1, alarms, missed = unseen_figures(scores, labels[chosen])
    log.info(
        "heads.judged classes=%d fscore=%.3f alarms=%.3f missed=%.3f", len(codes), macro_f1, alarms, missed
    )
    calibration = fit_calibration(scores, labels[chosen])
    everything = np.ones(len(lesson.examples), bool)
    dense, sparse, vocabulary = fit_both(lesson, wide, everything)
    words = fit_words(lesson, marks, codes)
    log.info("heads.fitted classes=%d calibrated_on=%d", len(codes), int(chosen.sum()))
    return Heads(tuple(codes), dense, sparse, words, calibration), vocabulary


def fit_all(lesson: Lesson, unseen: Sequence[int]) -> Fitted:
    """Fit objections, needs and `stated`; the encoder has not seen the folds `unseen`."""
    objections, needs = targets(lesson.examples)
    spans = [example.objection_spans for example in lesson.examples]
    evidence = [example.needs for example in lesson.examples]
    first, vocabulary = fit_heads(lesson, objections, spans, OBJECTIONS, unseen)
    second, _same = fit_heads(lesson, needs, evidence, NEEDS, unseen)
    return Fitted(
        vocabulary, first, second, fit_stated(lesson), severity=fit_severity(lesson), kinds=fit_kinds(lesson)
    )
