"""Maps of a corpus: projected, aligned, cached, shown."""

from dataclasses import fields

import numpy as np
import pytest

from comparison.projection import (
    CorpusMap,
    align,
    build_map,
    interpolate,
    load_or_build_map,
    neighbourhood_preservation,
    principal_components,
    project_tsne,
)
from tests.fakes import listing, searcher
from views.map import MAX_COLOURS, Marks, family_colours, render_map

RNG = np.random.default_rng(0)


def clusters(each=20, dim=8):
    """Three tight clusters of unit vectors, far from each other."""
    rows = np.repeat(np.eye(3, dim), each, axis=0) + RNG.normal(scale=0.05, size=(3 * each, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_project_tsne_keeps_clusters_together_and_gives_the_same_again():
    vectors = clusters()
    coordinates = project_tsne(vectors)
    assert coordinates.shape == (60, 2)
    assert np.array_equal(coordinates, project_tsne(vectors))
    labels = np.repeat(range(3), 20)
    middles = np.array([coordinates[labels == label].mean(axis=0) for label in range(3)])
    nearest = np.linalg.norm(coordinates[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == labels).all()


def test_project_tsne_from_another_map_stays_nearer_to_it():
    vectors = clusters()
    other = vectors + RNG.normal(scale=0.03, size=vectors.shape).astype(np.float32)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    first = project_tsne(vectors)
    apart, following = (
        np.linalg.norm(align(coordinates, first) - first, axis=1).mean()
        for coordinates in (project_tsne(other), project_tsne(other, start=first))
    )
    assert following < apart


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_vectors_have_coordinates_too(count):
    coordinates = project_tsne(clusters()[:count])
    assert coordinates.shape == (count, 2)
    assert np.isfinite(coordinates).all()


def test_align_undoes_rotation_reflection_scale_and_shift():
    fixed = RNG.normal(size=(30, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [0.8, -0.6]], dtype=np.float32)
    assert align(3 * fixed @ turn + 7, fixed) == pytest.approx(fixed, abs=1e-4)
    assert np.isfinite(align(np.zeros_like(fixed), fixed)).all()


def test_neighbourhood_preservation_is_1_for_the_same_plane_and_chance_for_noise():
    angles = np.sort(RNG.uniform(0, np.pi, 80))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert neighbourhood_preservation(circle, circle, k=5) == 1
    noise = RNG.normal(size=(80, 2)).astype(np.float32)
    assert neighbourhood_preservation(circle, noise, k=5) < 0.25
    assert neighbourhood_preservation(circle[:1], circle[:1]) == 1


def test_interpolate_is_near_the_nearest():
    vectors = clusters()
    coordinates = principal_components(vectors)
    [found] = interpolate(vectors[5:6], vectors, coordinates)
    assert np.linalg.norm(found - coordinates[:20].mean(axis=0)) < 0.1


CORPUS = [
    listing(f"j{number:02d}", f"{word} work {number}", title=f"T{number}")
    for number in range(15)
    for word in ["sql", "go"][number % 2 :][:1]
]


@pytest.fixture
def searchers():
    return [searcher(words, CORPUS, name) for words, name in ((("sql", "go"), "one"), (("work", "sql"), "two"))]


def test_map_is_cached_and_a_damaged_one_is_made_anew(searchers, tmp_path, monkeypatch):
    made = load_or_build_map(*searchers, tmp_path)
    [path] = tmp_path.glob("map-*.npz")
    assert made.base.min() >= 0
    assert made.tuned.max() <= 1
    monkeypatch.setattr("comparison.projection.build_map", lambda *_: pytest.fail("made again"))
    again = load_or_build_map(*searchers, tmp_path)
    assert np.array_equal(again.base, made.base)
    assert (again.base_preserved, again.tuned_preserved) == (made.base_preserved, made.tuned_preserved)
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:200])
    assert np.array_equal(load_or_build_map(*searchers, tmp_path).base, made.base)


class MadeAnewError(Exception):
    """Raised in place of making a map, which takes a second."""


def test_map_with_any_bit_flipped_is_made_anew_or_is_the_same(searchers, tmp_path, monkeypatch):
    made = load_or_build_map(*searchers, tmp_path)
    [path] = tmp_path.glob("map-*.npz")
    whole = path.read_bytes()

    def tell(*_):
        raise MadeAnewError

    monkeypatch.setattr("comparison.projection.build_map", tell)
    anew = 0
    for bit in np.random.default_rng(0).choice(8 * len(whole), 1000, replace=False).tolist():
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            found = load_or_build_map(*searchers, tmp_path)
        except MadeAnewError:
            anew += 1
            continue
        for field in fields(made):
            np.testing.assert_array_equal(getattr(found, field.name), getattr(made, field.name))
    assert anew > 500


def test_large_corpus_is_sampled_by_seed(searchers):
    first, second = build_map(*searchers, max_listings=6), build_map(*searchers, max_listings=6)
    assert first.rows.tolist() == second.rows.tolist() == sorted(set(first.rows.tolist()))
    assert first.base.shape == first.tuned.shape == (6, 2)


def test_listing_vector_is_the_mean_of_its_passages():
    long = listing("long", " ".join(["sql"] * 40 + ["go"] * 40), title="T")
    [row] = searcher(("sql", "go"), [long], "one").listing_vectors([0])
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)


def drawn(**options):
    listings = {one.listing_id: one for one in CORPUS}
    coordinates = RNG.uniform(size=(15, 2)).astype(np.float32)
    corpus_map = CorpusMap(np.arange(15), coordinates, coordinates, 0.5, 0.25)
    return render_map(corpus_map, listings, query="", marks={}, total=15, **options)


def test_html_says_what_is_preserved_and_escapes():
    html = drawn()
    assert "the drawing keeps 50 % of near listings near" in html
    assert "the drawing keeps 25 % of near listings near" in html
    hostile = listing("x", "text", title='"><img src=x onerror=alert(1)>${1}')
    coordinates = np.zeros((1, 2), dtype=np.float32)
    marks = {"base": Marks((0.5, 0.5), [("x", (0.1, 0.2))])}
    html = render_map(
        CorpusMap(np.arange(1), coordinates, coordinates, 1, 1), {"x": hostile}, query="<b>${q}", marks=marks, total=9
    )
    assert "<img" not in html
    assert "<b>$" not in html
    assert "${" not in html
    assert "A sample of 1 of 9 listings" in html
    assert 'aria-label="Rank 1: ' in html


def test_families_without_a_colour_of_their_own_are_grey():
    corpus = [listing(str(n), "text", title="T", family=f"F{n % 8}") for n in range(17)]
    colours = family_colours(corpus)
    assert len(colours) == MAX_COLOURS
    assert colours["F0"] == 0
