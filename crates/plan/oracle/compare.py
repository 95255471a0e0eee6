#!/usr/bin/env python3
"""Solves the planner's instances with clingo and with OR-tools CP-SAT, and compares the fronts.

    pip install -r crates/plan/oracle/requirements.txt
    cargo run --release -p stackwright-dev --example export_plans -- 0 300 | python3 crates/plan/oracle/compare.py

Reads an instance a line. Each solver finds the front by minimising the sum of all objectives, again and again, while
forbidding whatever a point found so far is at least as good as, until nothing is left. With --time SECONDS a solver stops
then and says how much it has found. Exit code 1 if a front differs from the planner's.
"""

import json
import math
import sys
import time
from functools import reduce

import clingo
from ortools.sat.python import cp_model

# More than the known parts of a plan add up to, and small enough for the sums of clingo, which have 32 bits.
UNKNOWN = 20_000
# What plans are compared by beside their costs.
COUNTS = ("insecurity", "refinements", "operators", "kernels")


class Instance:
    """An instance in whole numbers: figures in their greatest common unit, an unknown part as a large amount."""

    def __init__(self, data):
        self.data = data
        self.tiles = [t for t in data["tiles"] if t["fits"]]
        self.meters = data["meters"]
        numbers = [k for t in self.tiles for _, k in t["costs"]] + [m["value"] for m in self.meters]
        for t in self.tiles:
            for f in t["figures"]:
                if isinstance(f, dict):
                    numbers += [f["low"], f["high"] or 0]
        self.unit = reduce(math.gcd, numbers, 0) or 1
        self.places = []  # of a tile in a word: facet, word, position, tile
        for facet, words in enumerate(data["words"]):
            for w, word in enumerate(words):
                for p in range(len(word)):
                    for t, tile in enumerate(self.tiles):
                        n = len(tile["word"])
                        if tile["facet"] == facet and word[p : p + n] == tile["word"]:
                            self.places.append((facet, w, p, t))
        self.combinations = data["combinations"]
        self.front = sorted(self.point([u * UNKNOWN + k // self.unit for u, k in f["costs"]], f["counts"]) for f in data["front"])

    @staticmethod
    def point(costs, counts):
        return tuple(costs) + tuple(counts)

    def cost(self, tile, i):
        unknown, known = tile["costs"][i]
        return unknown * UNKNOWN + known // self.unit

    def pairs(self, which):
        """Pairs of tiles of which the names are one of the pairs in the data, from the first to the second."""
        for a, b in self.data[which]:
            yield (
                [t for t, tile in enumerate(self.tiles) if a in tile["names"]],
                [t for t, tile in enumerate(self.tiles) if b in tile["names"]],
            )

    def last(self, w, p, t):
        return p + len(self.tiles[t]["word"]) == len(self.data["words"][1][w])


def cp_sat(inst, deadline):
    model = cp_model.CpModel()
    combination = [model.new_bool_var("") for _ in inst.combinations]
    model.add_exactly_one(combination)
    place = {k: model.new_bool_var("") for k in inst.places}
    for facet, words in enumerate(inst.data["words"]):
        for w, word in enumerate(words):
            chosen = sum(c for c, d in zip(combination, inst.combinations) if d["words"][facet] == w)
            for p in range(len(word)):
                covering = [v for (f, v_w, q, t), v in place.items() if f == facet and v_w == w and q <= p < q + len(inst.tiles[t]["word"])]
                model.add(sum(covering) == chosen)
            if not word:
                continue
    used = []
    count = []
    for t in range(len(inst.tiles)):
        mine = [v for k, v in place.items() if k[3] == t]
        count.append(sum(mine) if mine else 0)
        u = model.new_bool_var("")
        used.append(u)
        if mine:
            model.add_max_equality(u, mine)
        else:
            model.add(u == 0)
    for a, b in inst.pairs("clashes"):
        for x in a:
            for y in b:
                model.add_bool_or([used[x].negated(), used[y].negated()])
    for a, b in inst.pairs("needs"):
        for x in a:
            model.add_bool_or([used[x].negated()] + [used[y] for y in b])
    for t, tile in enumerate(inst.tiles):
        for d, c in zip(inst.combinations, combination):
            letters = [l for f, w in enumerate(d["words"]) for l in inst.data["words"][f][w]]
            lacking = any(r not in letters for r in tile["requires"])
            if lacking or (tile["when"] is not None and not d["holds"][tile["when"]]):
                model.add_bool_or([used[t].negated(), c.negated()])
    for (f, w, p, t), v in place.items():
        if f == 1 and inst.last(w, p, t) and not inst.tiles[t]["carries"]:
            model.add(v == 0)
    around = [(t, tile) for t, tile in enumerate(inst.tiles) if tile["facet"] <= 1]
    runner = model.new_bool_var("")
    for t, tile in around:
        model.add_implication(used[t], runner if tile["embedded"] else runner.negated())
    for m, meter in enumerate(inst.meters):
        value, comparator = meter["value"] // inst.unit, meter["comparator"]
        upper, lower = comparator in ("Less", "AtMost", "Equal"), comparator in ("Greater", "AtLeast", "Equal")
        parts = [(t, tile["figures"][m]) for t, tile in enumerate(inst.tiles)]
        known = [(t, f) for t, f in parts if isinstance(f, dict)]
        lows = [(t, f["low"] // inst.unit) for t, f in known] + [(t, 0) for t, f in parts if f == "unknown"]
        if meter["least"]:
            fits = lambda f: f["high"] is not None and (f["high"] // inst.unit < value or (f["high"] // inst.unit == value and (comparator != "Less" or f["strict"])))
            if upper:
                model.add_bool_or([used[t] for t, f in known if fits(f)])
            if lower:
                model.add_bool_or([used[t] for t, f in parts if f is not None])
                for t, low in lows:
                    if parts[t][1] == "unknown" or low < value or (comparator == "Greater" and low == value):
                        model.add(used[t] == 0)
            continue
        for t, f in parts:
            if f == "unknown" or (upper and f is not None and f["high"] is None):
                model.add(used[t] == 0)
        if upper:
            total = sum(count[t] * (f["high"] // inst.unit) for t, f in known if f["high"] is not None)
            if comparator == "Less":
                strict = model.new_bool_var("")
                model.add_bool_or([used[t] for t, f in known if f["strict"]] + [strict.negated()])
                model.add(total <= value - 1 + strict)
            else:
                model.add(total <= value)
        if lower:
            total = sum(count[t] * low for t, low in lows)
            model.add(total >= value + (comparator == "Greater"))
    objectives = [sum(count[t] * inst.cost(tile, i) for t, tile in enumerate(inst.tiles)) for i in range(3)]
    for key in COUNTS:
        objectives.append(sum(c * d[key] for c, d in zip(combination, inst.combinations)))
    model.minimize(sum(objectives))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    found = []
    while True:
        solver.parameters.max_time_in_seconds = max(0.01, deadline - time.monotonic())
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return sorted(found), True
        if status != cp_model.OPTIMAL:
            return sorted(found), False
        point = tuple(int(solver.value(o)) for o in objectives)
        found.append(point)
        better = []
        for objective, value in zip(objectives, point):
            b = model.new_bool_var("")
            model.add(objective <= value - 1).only_enforce_if(b)
            better.append(b)
        model.add_bool_or(better)


RULES = """
1 { c(C) : combination(C) } 1.
w(F,W) :- c(C), has(C,F,W).
{ u(F,W,P,T) : place(F,W,P,T) } :- w(F,W).
:- w(F,W), spot(F,W,P), not 1 { u(F,W,Q,T) : place(F,W,Q,T), covers(F,W,Q,T,P) } 1.
t(T) :- u(_,_,_,T).
:- clash(A,B), t(A), t(B).
:- need(N,A), t(A), not gives(N).
gives(N) :- given(N,B), t(B).
:- t(T), c(C), unfit(T,C).
:- u(1,W,P,T), last(W,P,T), not carries(T).
:- around(A), around(B), t(A), t(B), embedded(A), not embedded(B).
:- t(T), barred(T).
:- above(M,V), V < #sum { H,F,W,P,T : u(F,W,P,T), high(M,T,H) }.
:- under(M,V), V < #sum { H,F,W,P,T : u(F,W,P,T), high(M,T,H) }.
:- under(M,V), V = #sum { H,F,W,P,T : u(F,W,P,T), high(M,T,H) }, not 1 { t(T) : strict(M,T) }.
:- below(M,V), V > #sum { L,F,W,P,T : u(F,W,P,T), low(M,T,L) }.
:- some(M), not 1 { t(T) : of(M,T) }.
#minimize { X,F,W,P,T,I : u(F,W,P,T), cost(T,I,X) }.
#minimize { X,c,C,I : c(C), count(C,I,X) }.
"""


def asp(inst, deadline):
    facts = []
    say = lambda name, *args: facts.append(f"{name}({','.join(map(str, args))}).")
    for c, d in enumerate(inst.combinations):
        say("combination", c)
        for f, w in enumerate(d["words"]):
            say("has", c, f, w)
        for i, key in enumerate(COUNTS):
            say("count", c, i + 3, d[key])
    for f, w, p, t in inst.places:
        say("place", f, w, p, t)
        for q in range(p, p + len(inst.tiles[t]["word"])):
            say("covers", f, w, p, t, q)
        if f == 1 and inst.last(w, p, t):
            say("last", w, p, t)
    for f, words in enumerate(inst.data["words"]):
        for w, word in enumerate(words):
            for p in range(len(word)):
                say("spot", f, w, p)
    for a, b in inst.pairs("clashes"):
        for x in a:
            for y in b:
                say("clash", x, y)
    for n, (a, b) in enumerate(inst.pairs("needs")):
        for x in a:
            say("need", n, x)
        for y in b:
            say("given", n, y)
    for t, tile in enumerate(inst.tiles):
        for i in range(3):
            say("cost", t, i, inst.cost(tile, i))
        for c, d in enumerate(inst.combinations):
            letters = [l for f, w in enumerate(d["words"]) for l in inst.data["words"][f][w]]
            lacking = any(r not in letters for r in tile["requires"])
            if lacking or (tile["when"] is not None and not d["holds"][tile["when"]]):
                say("unfit", t, c)
        if tile["carries"]:
            say("carries", t)
        if tile["embedded"]:
            say("embedded", t)
        if tile["facet"] <= 1:
            say("around", t)
    for m, meter in enumerate(inst.meters):
        value, comparator = meter["value"] // inst.unit, meter["comparator"]
        upper, lower = comparator in ("Less", "AtMost", "Equal"), comparator in ("Greater", "AtLeast", "Equal")
        for t, tile in enumerate(inst.tiles):
            f = tile["figures"][m]
            if f is None:
                continue
            low = f["low"] // inst.unit if f != "unknown" else 0
            high = f["high"] // inst.unit if f != "unknown" and f["high"] is not None else None
            if meter["least"]:
                if upper and high is not None and (high < value or (high == value and (comparator != "Less" or f["strict"]))):
                    say("of", f"up{m}", t)
                if lower:
                    say("of", f"low{m}", t)
                    if f == "unknown" or low < value or (comparator == "Greater" and low == value):
                        say("barred", t)
            elif f == "unknown" or (upper and high is None):
                say("barred", t)
            else:
                say("low", m, t, low)
                if high is not None:
                    say("high", m, t, high)
                if f["strict"]:
                    say("strict", m, t)
        if meter["least"]:
            if upper:
                say("some", f"up{m}")
            if lower:
                say("some", f"low{m}")
        else:
            if upper:
                say("under" if comparator == "Less" else "above", m, value)
            if lower:
                say("below", m, value + (comparator == "Greater"))
    known = ["clash/2", "need/2", "given/2", "unfit/2", "carries/1", "embedded/1", "barred/1", "above/2", "under/2", "below/2",
             "some/1", "of/2", "high/3", "low/3", "strict/2", "around/1", "last/3", "place/4", "covers/5", "spot/3", "combination/1",
             "has/3", "count/3", "cost/3"]
    control = clingo.Control(["--opt-mode=opt"], logger=lambda *_: None)
    control.add("base", [], "\n".join(f"#defined {k}." for k in known) + RULES + "\n".join(facts))
    control.add(
        "cut",
        ["k", "a", "b", "d", "e", "f", "g", "h"],
        """
        better(k,0) :- #sum { X,F,W,P,T : u(F,W,P,T), cost(T,0,X) } < a.
        better(k,1) :- #sum { X,F,W,P,T : u(F,W,P,T), cost(T,1,X) } < b.
        better(k,2) :- #sum { X,F,W,P,T : u(F,W,P,T), cost(T,2,X) } < d.
        better(k,3) :- c(C), count(C,3,X), X < e.
        better(k,4) :- c(C), count(C,4,X), X < f.
        better(k,5) :- c(C), count(C,5,X), X < g.
        better(k,6) :- c(C), count(C,6,X), X < h.
        :- not better(k,0), not better(k,1), not better(k,2), not better(k,3), not better(k,4), not better(k,5),
           not better(k,6).
        """,
    )
    control.ground([("base", [])])
    found = []
    while True:
        best = None

        def keep(model):
            nonlocal best
            costs, counts = [0, 0, 0], None
            for symbol in model.symbols(atoms=True):
                if symbol.name == "u":
                    tile = inst.tiles[symbol.arguments[3].number]
                    costs = [x + inst.cost(tile, i) for i, x in enumerate(costs)]
                elif symbol.name == "c":
                    d = inst.combinations[symbol.arguments[0].number]
                    counts = tuple(d[key] for key in COUNTS)
            best = tuple(costs) + counts

        with control.solve(on_model=keep, async_=True) as handle:
            if not handle.wait(max(0.01, deadline - time.monotonic())):
                handle.cancel()
                return sorted(found), False
            handle.get()
        if best is None:
            return sorted(found), True
        found.append(best)
        control.ground([("cut", [clingo.Number(x) for x in (len(found), *best)])])


def main():
    limit = float(sys.argv[sys.argv.index("--time") + 1]) if "--time" in sys.argv else 600.0
    wrong = points = instances = 0
    totals = {"planner": 0.0, "CP-SAT": 0.0, "clingo": 0.0}
    for number, line in enumerate(sys.stdin):
        inst = Instance(json.loads(line))
        totals["planner"] += inst.data["seconds"]
        instances += 1
        points += len(inst.front)
        for name, solve in (("CP-SAT", cp_sat), ("clingo", asp)):
            start = time.monotonic()
            found, complete = solve(inst, start + limit) if inst.combinations else ([], True)
            seconds = time.monotonic() - start
            totals[name] += seconds
            if complete and found != inst.front:
                wrong += 1
                print(f"instance {number}: {name} finds {found}, the planner {inst.front}")
            elif not complete:
                own = set(inst.front)
                odd = [p for p in found if p not in own]
                wrong += bool(odd)
                print(f"instance {number}: {name} stopped after {seconds:.1f} s with {len(found)} of {len(inst.front)} points, {len(odd)} of them not the planner's")
    print(f"{instances} instances, {points} points, {wrong} differences")
    for name, seconds in totals.items():
        ratio = seconds / totals["planner"] if totals["planner"] else 0
        print(f"  {name:<8} {seconds:10.3f} s, {ratio:10.1f} times the planner")
    sys.exit(1 if wrong else 0)


main()
