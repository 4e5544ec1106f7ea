"""Erasing a session empties its events, references and jobs; on both databases."""

from datetime import timedelta

from proctor_results.database.models import Job, Receipt, ReceiptEvent, SessionReference
from proctor_results.dependencies import Dependencies
from proctor_results.retention.erase import erase, find_erasure_scope
from proctor_results.retention.prune import PruneRun, RetentionPeriods
from tests.support.reports import NOW, accepted, record

LATER = NOW + timedelta(days=100)


def fill(deps: Dependencies) -> None:
    """A session `hers` and one `his`; the receipt of `his` also has an event about `hers`."""
    record(deps, accepted(identifier="hers"))
    record(deps, accepted(identifier="his"))
    for name in ("hers", "his"):
        reference = {"vendor": "supervisor", "reference": f"ref-{name}", "identifier": name}
        deps.database.change(SessionReference.insert(**reference, created_at=NOW))
        add_job(deps, f"ref-{name}")
    add_event(deps, 2, 1, identifier="hers", vendor_reference="ref-hers", detail="about hers")
    add_event(deps, 2, 2, identifier="his", vendor_reference="ref-his", detail="about his")
    add_event(deps, 2, 3, vendor_reference="ref-hers", result="unrecognised", detail="early")


def add_job(deps: Dependencies, key: str, **columns: object) -> None:
    job = {"vendor": "supervisor", "kind": "fetch", "key": key, "payload": {}, "detail": ""}
    deps.database.change(Job.insert(**job, pending_since=NOW, failure_count=0, **columns))


def add_event(deps: Dependencies, receipt_id: int, position: int, **columns: object) -> None:
    event = {"receipt": receipt_id, "position": position, "kind": "status", "result": "applied"}
    deps.database.change(ReceiptEvent.insert(**{**event, **columns}))


def erase_hers(deps: Dependencies) -> None:
    erase(deps, find_erasure_scope(deps, None, "hers"), "office", LATER)


def test_references_and_jobs_of_the_session_are_deleted(deps: Dependencies) -> None:
    fill(deps)

    erase_hers(deps)

    references = deps.database.select(SessionReference.select(SessionReference.reference).tuples())
    jobs = deps.database.select(Job.select(Job.key).tuples())
    assert (references, jobs) == ([("ref-his",)], [("ref-his",)])


def test_its_events_are_emptied_and_those_of_others_stay(deps: Dependencies) -> None:
    fill(deps)

    erase_hers(deps)

    columns = (ReceiptEvent.identifier, ReceiptEvent.vendor_reference, ReceiptEvent.detail)
    query = ReceiptEvent.select(*columns).order_by(ReceiptEvent.position)
    (alias, *hers), his, early = deps.database.select(query.tuples())
    assert str(alias).startswith("erased-")
    assert (hers, his, early) == ([None, ""], ("his", "ref-his", "about his"), (None, None, ""))


def test_a_receipt_of_another_session_that_reports_it_loses_its_body(deps: Dependencies) -> None:
    fill(deps)

    erase_hers(deps)

    query = Receipt.select(Receipt.identifier, Receipt.body).order_by(Receipt.id)
    (_, hers), (identifier, shared) = deps.database.select(query.tuples())
    assert (bytes(hers), identifier, bytes(shared)) == (b"", "his", b"")


def test_completed_jobs_are_pruned_with_attempts(deps: Dependencies) -> None:
    add_job(deps, "old", done_at=NOW)
    add_job(deps, "new", done_at=LATER)
    add_job(deps, "pending")
    run = PruneRun(deps, RetentionPeriods(attempts=timedelta(days=90)), LATER, dry_run=False)

    run.run(lambda _: None, lambda: None)

    jobs = deps.database.select(Job.select(Job.key).order_by(Job.id).tuples())
    assert (run.counts["jobs"], jobs) == (1, [("new",), ("pending",)])
