"""The Space's files: what the app reads, and nothing else."""

from train.publishing.space import LEFT_OUT, PACKAGES, ROOT, app_files


def test_app_files_are_all_of_the_packages_but_what_is_left_out():
    files = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    sent = {path for path, _ in app_files()}
    assert {path for path in files - sent if not path.startswith(LEFT_OUT)} == set()
    assert sent >= {"app.py", "requirements.txt", "views/static/page.css"}
    assert not any(path.startswith(("data/sample/", "train/", "tests/")) for path in sent)
