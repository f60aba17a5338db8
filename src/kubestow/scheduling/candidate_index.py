"""Label columns over candidates, and masks that are computed once.

A mask is a boolean array with one entry for each candidate. It is cached by the requirement it
answers and shared by classes: nobody may change it.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration, first_untolerated
from kubestow.scheduling.candidate_node import CandidateNode

Mask = NDArray[np.bool_]


class CandidateIndex:
    """Answers which candidates satisfy a requirement."""

    def __init__(self, candidates: Sequence[CandidateNode]) -> None:
        self.candidates = candidates
        self._columns: dict[str, tuple[NDArray[np.int32], list[str]]] = {}
        self._domains: dict[str, NDArray[np.intp]] = {}
        self._labelled: dict[str, Mask] = {}
        self._masks: dict[SelectorRequirement, Mask] = {}
        self._terms: dict[tuple[NodeSelectorTerm, bool], Mask] = {}
        self._taints: dict[tuple[Toleration, ...], Mask] = {}
        self._taint_sets: tuple[NDArray[np.int32], list[tuple[Taint, ...]]] | None = None

    def __len__(self) -> int:
        return len(self.candidates)

    def column(self, key: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return a label's value code for each candidate (-1: absent) and the values by code."""
        if key in self._columns:
            return self._columns[key]
        codes: dict[str, int] = {}
        column = np.full(len(self.candidates), -1, dtype=np.int32)
        for position, candidate in enumerate(self.candidates):
            label = candidate.labels.get(key)
            if label is not None:
                column[position] = codes.setdefault(label, len(codes))
        self._columns[key] = (column, list(codes))
        return self._columns[key]

    def domains(self, key: str) -> NDArray[np.intp]:
        """Return the codes of ``column`` as positions: taking by them is faster."""
        if key not in self._domains:
            self._domains[key] = self.column(key)[0].astype(np.intp)
        return self._domains[key]

    def labelled(self, key: str) -> Mask:
        """Return which candidates have a label."""
        if key not in self._labelled:
            self._labelled[key] = self.column(key)[0] >= 0
        return self._labelled[key]

    def requirement(self, item: SelectorRequirement) -> Mask:
        """Return which candidates' labels satisfy one expression."""
        mask = self._masks.get(item)
        if mask is None:
            column, values = self.column(item.key)
            verdicts = [item.matches_value(v) for v in values]
            table = np.array([*verdicts, item.matches_value(None)], dtype=bool)
            mask = self._masks[item] = table[column]  # -1 picks the last entry: absent
        return mask

    def term(self, term: NodeSelectorTerm, *, nameless: bool = False) -> Mask:
        """Return which candidates satisfy a node selector term.

        ``nameless`` leaves the node's name out: a volume's affinity is shown the labels alone.
        """
        mask = self._terms.get((term, nameless))
        if mask is None:
            if term.is_empty or not term.is_valid:
                mask = np.zeros(len(self), dtype=bool)
            else:
                mask = np.ones(len(self), dtype=bool)
                for expression in term.expressions:
                    mask = mask & self.requirement(expression)
                for item in term.fields:
                    mask = mask & np.array(
                        [item.matches_value("" if nameless else c.name) for c in self.candidates],
                        dtype=bool,
                    )
            self._terms[term, nameless] = mask
        return mask

    def tolerated(self, tolerations: tuple[Toleration, ...]) -> Mask:
        """Return which candidates carry no blocking taint these tolerations miss."""
        mask = self._taints.get(tolerations)
        if mask is None:
            column, sets = self.taint_column()
            table = np.array([first_untolerated(s, tolerations) is None for s in sets], dtype=bool)
            mask = self._taints[tolerations] = table[column]
        return mask

    @cached_property
    def unschedulable(self) -> Mask:
        """The candidates that are cordoned."""
        return np.array([c.unschedulable for c in self.candidates], dtype=bool)

    def taint_column(self) -> tuple[NDArray[np.int32], list[tuple[Taint, ...]]]:
        """Return each candidate's taints as a code, and the taints by code."""
        if self._taint_sets is None:
            codes: dict[tuple[Taint, ...], int] = {}
            column = np.array(
                [codes.setdefault(c.taints, len(codes)) for c in self.candidates], dtype=np.int32
            )
            self._taint_sets = (column, list(codes))
        return self._taint_sets
