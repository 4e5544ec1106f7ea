"""Create all tables: sessions, their receipts and decisions, and the pending deliveries.

Moments are whole milliseconds since 1970-01-01 UTC; columns of JSON are TEXT, written and read by
the store alone.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
    TextField,
)


def up(migrator, db):
    db.create_tables(_tables(db))
    for statement in (*INDEXES, *FIRST_ROWS):
        db.execute_sql(statement)


def down(migrator, db):
    db.drop_tables(_tables(db))


INDEXES = (
    "CREATE UNIQUE INDEX session_feed_position ON session (feed_position)",
    "CREATE INDEX session_feed_pending ON session (id) WHERE feed_position IS NULL",
    "CREATE INDEX session_open_hold_kinds ON session (id, open_hold_kinds) "
    "WHERE open_hold_kinds <> ''",
    "CREATE INDEX session_student ON session (student, id) WHERE student IS NOT NULL",
    "CREATE INDEX session_exam ON session (exam, id) WHERE exam IS NOT NULL",
    "CREATE UNIQUE INDEX receipt_chain_position ON receipt (identifier, chain_position)",
    "CREATE INDEX receipt_content_sha256 ON receipt (identifier, content_sha256) "
    "WHERE result = 'applied'",
    "CREATE INDEX session_final_at ON session (final_at) WHERE final_at IS NOT NULL",
    "CREATE INDEX receipt_result ON receipt (result, id) "
    "WHERE result IN ('unrecognised', 'invalid')",
    "CREATE UNIQUE INDEX decision_revision ON decision (session_id, revision)",
    "CREATE INDEX heartbeat_state_deadline ON heartbeat_state (deadline) "
    "WHERE deadline IS NOT NULL",
    "CREATE UNIQUE INDEX delivery_session_target_topic ON delivery (session_id, target, topic)",
    "CREATE INDEX delivery_next_attempt_at ON delivery (target, next_attempt_at) "
    "WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX delivery_pending ON delivery (pending_since, session_id) "
    "WHERE delivered_revision IS NULL OR delivered_revision < desired_revision",
    "CREATE INDEX delivery_lease_token ON delivery (lease_token) WHERE lease_token IS NOT NULL",
    "CREATE INDEX delivery_failed ON delivery (target) "
    "WHERE next_attempt_at IS NULL "
    "AND (delivered_revision IS NULL OR delivered_revision < desired_revision)",
    "CREATE UNIQUE INDEX receipt_event_position ON receipt_event (receipt_id, position)",
    "CREATE INDEX receipt_event_identifier ON receipt_event (identifier) "
    "WHERE identifier IS NOT NULL",
    "CREATE INDEX receipt_event_reference ON receipt_event (vendor_reference) "
    "WHERE result = 'unrecognised'",
    "CREATE UNIQUE INDEX session_reference_vendor ON session_reference (vendor, reference)",
    "CREATE INDEX session_reference_identifier ON session_reference (identifier)",
    "CREATE UNIQUE INDEX job_vendor_kind_key ON job (vendor, kind, key)",
    "CREATE INDEX job_key ON job (key)",
    "CREATE INDEX job_pending ON job (vendor, next_attempt_at, lease_token) WHERE done_at IS NULL",
    "CREATE INDEX job_next_attempt_at ON job (next_attempt_at) WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX job_lease_token ON job (lease_token) WHERE lease_token IS NOT NULL",
    "CREATE INDEX login_attempt_last_failure_at ON login_attempt (last_failure_at)",
)


FIRST_ROWS = (
    "INSERT INTO feed_counter (last_position) VALUES (0)",
    "INSERT INTO web_liveness (uninterrupted_since, reported_at) VALUES (0, 0)",
)


def _tables(db):
    # In the order of bytes, as on SQLite: an index then finds what begins with a text, and compares
    # faster.
    byte_order = [SQL('COLLATE "C"')] if isinstance(db, PostgresqlDatabase) else []

    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Session(Table):
        id = BigAutoField()
        identifier = TextField(unique=True, constraints=byte_order)
        vendor = TextField()
        student = TextField(null=True, constraints=byte_order)
        exam = TextField(null=True, constraints=byte_order)
        status = TextField()
        outcome = TextField()
        lms_attributes = TextField()
        browser_attributes = TextField(constraints=[SQL("DEFAULT '{}'")])
        launch_count = IntegerField()
        facts = TextField()
        precedences = TextField()
        findings = TextField()
        reasons = TextField()
        holds = TextField()
        open_hold_kinds = TextField(constraints=[SQL("DEFAULT ''")])
        released_triggers = TextField()
        override = TextField(null=True)
        final_at = BigIntegerField(null=True)
        revised = BooleanField(constraints=[SQL("DEFAULT FALSE")])
        lock_was_sent = BooleanField(constraints=[SQL("DEFAULT FALSE")])
        revision = IntegerField()
        receipt_count = BigIntegerField(null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()
        feed_position = BigIntegerField(null=True)

    class Receipt(Table):
        id = BigAutoField()
        vendor = TextField()
        identifier = TextField(null=True, constraints=byte_order)
        received_at = BigIntegerField()
        key_id = TextField()
        headers = TextField()
        body_sha256 = TextField()
        content_sha256 = TextField(null=True)
        result = TextField()
        detail = TextField()
        revision = IntegerField(null=True)
        policy_sha256 = TextField(null=True)
        replay_of = BigIntegerField(null=True)
        chain_position = BigIntegerField(null=True)
        previous_sha256 = TextField(null=True)
        erasable_sha256 = TextField()
        record_sha256 = TextField()
        pruned_at = BigIntegerField(null=True)
        erased_at = BigIntegerField(null=True)
        body = BlobField()  # last, because SQLite reads a row from its beginning

    class ReceiptEvent(Table):
        id = BigAutoField()
        receipt = ForeignKeyField(Receipt, index=False)
        position = IntegerField()
        kind = TextField()
        identifier = TextField(null=True, constraints=byte_order)
        vendor_reference = TextField(null=True, constraints=byte_order)
        content_sha256 = TextField(null=True)
        result = TextField()
        detail = TextField()

    class SessionReference(Table):
        id = BigAutoField()
        vendor = TextField()
        reference = TextField(constraints=byte_order)
        identifier = TextField(constraints=byte_order)
        created_at = BigIntegerField()

    class Job(Table):
        id = BigAutoField()
        vendor = TextField()
        kind = TextField()
        key = TextField(constraints=byte_order)
        payload = TextField()
        pending_since = BigIntegerField()
        next_attempt_at = BigIntegerField(null=True)
        failure_count = IntegerField(constraints=[SQL("DEFAULT 0")])
        lease_token = TextField(null=True)
        lease_expires_at = BigIntegerField(null=True)
        detail = TextField(constraints=[SQL("DEFAULT ''")])
        done_at = BigIntegerField(null=True)

    class Policy(Table):
        sha256 = TextField(primary_key=True)
        text = TextField()

    class Decision(Table):
        id = BigAutoField()
        session = ForeignKeyField(Session, null=True, index=False)
        receipt = ForeignKeyField(Receipt, null=True, index=False)
        at = BigIntegerField()
        revision = IntegerField()
        outcome_before = TextField()
        outcome = TextField()
        opened = TextField()
        closed = TextField()
        reasons = TextField()
        policy_sha256 = TextField()
        revised = BooleanField()
        final_at = BigIntegerField(null=True)
        cause = TextField()
        actor = TextField(null=True)
        note = TextField(null=True)
        inputs = TextField()
        erasable_sha256 = TextField()
        record_sha256 = TextField()
        erased_at = BigIntegerField(null=True)

    class Checkpoint(Table):
        id = BigAutoField()
        previous_sha256 = TextField(unique=True)
        at = BigIntegerField()
        id_ranges = TextField()
        last_ids = TextField()
        manifest_sha256 = TextField()

    class HeartbeatState(Table):
        identifier = TextField(primary_key=True, constraints=byte_order)
        launch = IntegerField()
        deadline = BigIntegerField(null=True)
        last_heartbeat_at = BigIntegerField()
        heartbeat_count = BigIntegerField()
        client_count = BigIntegerField()
        stopped = BooleanField()

    class WebLiveness(Table):
        uninterrupted_since = BigIntegerField()
        reported_at = BigIntegerField()
        last_heartbeat_at = BigIntegerField(null=True)

    class RecentLiveMetrics(Table):
        identifier = TextField(primary_key=True, constraints=byte_order)
        events = TextField()

    class Delivery(Table):
        id = BigAutoField()
        session = ForeignKeyField(Session, index=False)
        target = TextField()
        topic = TextField()
        desired_revision = IntegerField()
        delivered_revision = IntegerField(null=True)
        desired_since = BigIntegerField()
        pending_since = BigIntegerField()
        next_attempt_at = BigIntegerField(null=True)
        failure_count = IntegerField(constraints=[SQL("DEFAULT 0")])
        lease_token = TextField(null=True)
        lease_expires_at = BigIntegerField(null=True)
        request_id = TextField(null=True)

    class Attempt(Table):
        id = BigAutoField()
        delivery = ForeignKeyField(Delivery)
        at = BigIntegerField()
        revision = IntegerField()
        result = TextField()
        status = IntegerField(null=True)
        detail = TextField()
        seconds = DoubleField()

    class Target(Table):
        name = TextField(primary_key=True)
        url = TextField()
        failure_count = IntegerField(constraints=[SQL("DEFAULT 0")])
        last_failure_at = BigIntegerField(null=True)
        paused_until = BigIntegerField(null=True)
        disabled_at = BigIntegerField(null=True)
        detail = TextField(constraints=[SQL("DEFAULT ''")])

    class FeedCounter(Table):
        last_position = BigIntegerField()

    class Worker(Table):
        name = TextField(primary_key=True)
        started_at = BigIntegerField()
        last_seen_at = BigIntegerField()

    class MetricCounter(Table):
        series = TextField(primary_key=True)
        value = DoubleField()

    class Erasure(Table):
        identifier_sha256 = TextField(primary_key=True)
        at = BigIntegerField()
        actor = TextField()

    class Operator(Table):
        name = TextField(primary_key=True)
        role = TextField()
        password_hash = TextField()
        added_at = BigIntegerField()

    class SignIn(Table):
        token = TextField(primary_key=True)
        operator = ForeignKeyField(Operator, column_name="operator", on_delete="CASCADE")
        started_at = BigIntegerField()
        last_seen_at = BigIntegerField()

    class LoginAttempt(Table):
        throttle_key = TextField(primary_key=True)
        failure_count = IntegerField()
        last_failure_at = BigIntegerField()
        blocked_until = BigIntegerField()

    return [
        Session,
        Receipt,
        ReceiptEvent,
        SessionReference,
        Job,
        Policy,
        Decision,
        Checkpoint,
        HeartbeatState,
        WebLiveness,
        RecentLiveMetrics,
        Delivery,
        Attempt,
        Target,
        FeedCounter,
        Worker,
        MetricCounter,
        Erasure,
        Operator,
        SignIn,
        LoginAttempt,
    ]
