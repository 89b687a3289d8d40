"""What the Hub answers, route by route; each names the client function that asks."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.hub.answers import Answer, Asked, content_answer, json_answer, refuse, unquoted
from tests.hub.cards import card_errors
from tests.hub.commits import apply_commit, preupload_modes
from tests.hub.listings import path_entries, repo_card, tree_entries
from tests.hub.store import KINDS, Commit, Repo, Store

PAGE_ENTRIES = 1000
REPO = r"/api/(?P<kind>models|datasets|spaces)/(?P<repo_id>[^/]+/[^/]+)"
PAGE = r"/(?:(?P<kind>datasets|spaces)/)?(?P<repo_id>[^/]+/[^/]+)"


@dataclass(frozen=True)
class Desk:
    """What the routes work with: the repositories and the two addresses."""

    store: Store
    endpoint: str
    storage: str

    def readable(self, asked: Asked, parts: dict[str, str]) -> Repo:
        """Return the repository of a path; a private one is not found unless its owner asks."""
        kind = (parts["kind"] or "models")[:-1]
        repo = self.store.repos.get((kind, parts["repo_id"]))
        if repo is None or (repo.private and asked.user != repo.owner):
            raise refuse(404, "Repository not found", code="RepoNotFound")
        return repo

    def writable(self, asked: Asked, parts: dict[str, str]) -> Repo:
        repo = self.readable(asked, parts)
        check_may_write(asked, repo.owner, code="RepoNotFound")
        return repo

    def commit(self, repo: Repo, revision: str) -> Commit:
        found = repo.at(revision or "main")
        if found is None:
            raise refuse(404, f"Invalid rev id: {revision}", code="RevisionNotFound")
        return found


Handler = Callable[[Desk, Asked, dict[str, str]], Answer]
Routes = Sequence[tuple[str, re.Pattern[str], Handler]]


def dispatch(routes: Routes, desk: Desk, asked: Asked) -> Answer | None:
    """Return the answer of the route that knows the request, or None."""
    method = "GET" if asked.method == "HEAD" else asked.method
    for known_method, pattern, handler in routes:
        match = pattern.fullmatch(asked.path)
        if match and known_method == method and not asked.flag("create_pr"):
            return handler(desk, asked, unquoted(match.groupdict()))
    return None


def check_may_write(asked: Asked, owner: str, *, code: str | None = None) -> None:
    """Refuse who may not write; `code` because the client takes a bare 401 for RepoNotFound over https only."""
    if asked.user is None:
        raise refuse(401, "Invalid username or password.", code=code)
    if not asked.may_write:
        raise refuse(403, "Forbidden: you must use a write token to upload to a repository.")
    if asked.user != owner:
        raise refuse(403, f"Forbidden: you do not have write access to the namespace {owner}.")


def whoami(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.whoami`."""
    if asked.user is None:
        raise refuse(401, "Invalid credentials in Authorization header")
    access = {"displayName": "test", "role": "write" if asked.may_write else "read"}
    return json_answer(
        {"type": "user", "name": asked.user, "orgs": [], "auth": {"type": "access_token", "accessToken": access}}
    )


def agent_harnesses(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `utils._detect_agent._fetch_registry`, asked when its command line part is imported."""
    return json_answer({"standardEnvVars": [], "harnesses": {}})


def validate_yaml(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi._validate_yaml`, which `create_commit` and `upload_folder` call for a README.md, and `RepoCard.validate`."""
    errors = [{"message": message} for message in card_errors(asked.json()["content"])]
    return json_answer({"errors": errors, "warnings": []}, 400 if errors else 200)


def create_repo(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.create_repo`, which reads the URL even from the 409 when `exist_ok`."""
    wanted = asked.json()
    kind, owner = wanted.get("type") or "model", wanted.get("organization") or asked.user
    if kind not in KINDS:
        raise refuse(400, f"Invalid repo type: {kind}")
    check_may_write(asked, owner)
    repo_id = f"{owner}/{wanted['name']}"
    page = f"{desk.endpoint}/{'' if kind == 'model' else kind + 's/'}{repo_id}"
    if (kind, repo_id) in desk.store.repos:
        text = f"You already created this {kind} repo"
        return json_answer({"error": text, "url": page}, 409, headers={"X-Error-Message": text})
    desk.store.create(kind, repo_id, private=wanted.get("visibility") == "private" or bool(wanted.get("private")))
    return json_answer({"url": page, "name": repo_id, "id": repo_id})


def repo_info(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.repo_info` and its kin, `repo_exists`, `list_repo_files`, `HfFileSystem.resolve_path`."""
    repo = desk.readable(asked, parts)
    return json_answer(repo_card(repo, desk.commit(repo, parts.get("revision", "")), with_blobs=asked.flag("blobs")))


def tree(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.list_repo_tree`: `snapshot_download`, and the globs of `load_dataset` by `HfFileSystem.find`."""
    repo = desk.readable(asked, parts)
    commit = desk.commit(repo, parts["revision"])
    entries = tree_entries(repo, commit, parts["path"], deep=asked.flag("recursive"), expand=asked.flag("expand"))
    start = int(asked.query("cursor") or 0)
    size = int(asked.query("limit") or PAGE_ENTRIES)
    headers = {}
    if start + size < len(entries):
        kept = f"recursive={asked.flag('recursive')}&expand={asked.flag('expand')}&limit={size}"
        headers["Link"] = f'<{desk.endpoint}{asked.path}?{kept}&cursor={start + size}>; rel="next"'
    return json_answer(entries[start : start + size], headers=headers)


def paths_info(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.get_paths_info`, also behind `file_exists` of folders and `HfFileSystem.info`."""
    repo = desk.readable(asked, parts)
    commit = desk.commit(repo, parts["revision"])
    form = asked.form()
    expand = form.get("expand", ["false"])[0].lower() == "true"
    return json_answer(path_entries(repo, commit, form.get("paths", []), expand=expand))


def resolve(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `hf_hub_download` (HEAD, then GET) and the reads of `HfFileSystem`, thus of a streamed dataset."""
    repo = desk.readable(asked, parts)
    commit = desk.commit(repo, parts["revision"])
    headers = {"X-Repo-Commit": commit.sha}
    file = commit.files.get(parts["path"])
    if file is None:
        raise refuse(404, "Entry not found", code="EntryNotFound", headers=headers)
    headers["ETag"] = f'"{file.blob_id}"'
    if not file.large:
        return content_answer(file.content, asked, headers)
    headers |= {
        "X-Linked-Size": str(file.size),
        "X-Linked-ETag": f'"{file.sha256}"',
        "Location": f"{desk.storage}/objects/{file.sha256}",
    }
    return Answer(302, b"", headers)


def preupload(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `_fetch_upload_modes` of `create_commit`: which files are large, and what is there already."""
    repo = desk.writable(asked, parts)
    commit = desk.commit(repo, parts["revision"])
    return json_answer({"files": preupload_modes(commit, asked.json()["files"])})


def lfs_batch(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `lfs.post_lfs_batch_info` of `create_commit`; an object that is there gets no actions."""
    desk.writable(asked, parts)
    verify = asked.path.removesuffix("objects/batch") + "verify"
    objects = []
    for wanted in asked.json()["objects"]:
        href = f"{desk.storage}/objects/{wanted['oid']}"
        actions = {"upload": {"href": href}, "verify": {"href": desk.endpoint + verify}}
        known = wanted["oid"] in desk.store.objects
        objects.append({"oid": wanted["oid"], "size": wanted["size"]} | ({} if known else {"actions": actions}))
    return json_answer({"transfer": "basic", "objects": objects})


def lfs_verify(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer the last step of `lfs.lfs_upload`."""
    desk.writable(asked, parts)
    wanted = asked.json()
    if len(desk.store.objects.get(wanted["oid"], b"")) != wanted["size"]:
        raise refuse(422, "The object is missing or has another size")
    return json_answer({})


def commit_files(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `_commit_api._send_commit` of `create_commit`, `upload_file`, `upload_folder` and `delete_file`."""
    repo = desk.writable(asked, parts)
    if parts["revision"] != "main":
        raise refuse(404, f"Invalid rev id: {parts['revision']}", code="RevisionNotFound")
    made = apply_commit(desk.store, repo, asked.body)
    page = f"{desk.endpoint}/{'' if repo.kind == 'model' else repo.kind + 's/'}{repo.repo_id}"
    return json_answer({"success": True, "commitOid": made.sha, "commitUrl": f"{page}/commit/{made.sha}"})


def get_variables(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.get_space_variables`."""
    return json_answer(_variables(desk.writable(asked, parts)))


def add_variable(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `HfApi.add_space_variable`, which also changes one that is there."""
    repo = desk.writable(asked, parts)
    wanted = asked.json()
    repo.variables[wanted["key"]] = wanted["value"]
    return json_answer(_variables(repo))


def _variables(repo: Repo) -> dict[str, dict[str, str]]:
    return {name: {"value": value, "updatedAt": "2024-01-01T00:00:00.000Z"} for name, value in repo.variables.items()}


def get_object(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer the redirected GET of `http_get` and of `HfFileSystem` for a large file."""
    content = desk.store.objects.get(parts["sha256"])
    if content is None:
        raise refuse(404, "No such object")
    return content_answer(content, asked, {"ETag": f'"{parts["sha256"]}"'})


def put_object(desk: Desk, asked: Asked, parts: dict[str, str]) -> Answer:
    """Answer `lfs._upload_single_part`."""
    if hashlib.sha256(asked.body).hexdigest() != parts["sha256"]:
        raise refuse(400, "The content does not have the SHA-256 of its address")
    desk.store.objects[parts["sha256"]] = asked.body
    return Answer(200, b"", {"ETag": f'"{parts["sha256"]}"'})


def _table(*rows: tuple[str, str, Handler]) -> Routes:
    return [(method, re.compile(pattern), handler) for method, pattern, handler in rows]


HUB_ROUTES = _table(
    ("GET", r"/api/whoami-v2", whoami),
    ("GET", r"/api/agent-harnesses", agent_harnesses),
    ("POST", r"/api/validate-yaml", validate_yaml),
    ("POST", r"/api/repos/create", create_repo),
    ("GET", REPO, repo_info),
    ("GET", REPO + r"/revision/(?P<revision>[^/]+)", repo_info),
    ("GET", REPO + r"/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?", tree),
    ("POST", REPO + r"/paths-info/(?P<revision>[^/]+)", paths_info),
    ("POST", REPO + r"/preupload/(?P<revision>[^/]+)", preupload),
    ("GET", r"/api/(?P<kind>spaces)/(?P<repo_id>[^/]+/[^/]+)/variables", get_variables),
    ("POST", r"/api/(?P<kind>spaces)/(?P<repo_id>[^/]+/[^/]+)/variables", add_variable),
    ("POST", REPO + r"/commit/(?P<revision>[^/]+)", commit_files),
    ("POST", PAGE + r"\.git/info/lfs/objects/batch", lfs_batch),
    ("POST", PAGE + r"\.git/info/lfs/verify", lfs_verify),
    ("GET", PAGE + r"/resolve/(?P<revision>[^/]+)/(?P<path>.+)", resolve),
)
STORAGE_ROUTES = _table(
    ("GET", r"/objects/(?P<sha256>[0-9a-f]{64})", get_object),
    ("PUT", r"/objects/(?P<sha256>[0-9a-f]{64})", put_object),
)
