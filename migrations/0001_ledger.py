"""The ledger: sessions, the receipts and decisions that made them, and what targets must be told.

Moments are whole milliseconds since 1970-01-01 UTC; columns of JSON are TEXT, written and read by the store alone.
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
    "CREATE UNIQUE INDEX session_feed ON session (feed)",
    "CREATE INDEX session_unnumbered ON session (id) WHERE feed IS NULL",
    "CREATE INDEX session_held ON session (id, held) WHERE held <> ''",
    "CREATE INDEX session_student ON session (student, id) WHERE student IS NOT NULL",
    "CREATE INDEX session_exam ON session (exam, id) WHERE exam IS NOT NULL",
    "CREATE UNIQUE INDEX receipt_place ON receipt (identifier, place)",
    "CREATE INDEX receipt_content ON receipt (identifier, content) WHERE verdict = 'applied'",
    "CREATE INDEX session_settles ON session (settles_at) WHERE settles_at IS NOT NULL",
    "CREATE INDEX receipt_verdict ON receipt (verdict, id) WHERE verdict IN ('unrecognised', 'invalid')",
    "CREATE UNIQUE INDEX decision_revision ON decision (session_id, revision)",
    "CREATE INDEX watch_deadline ON watch (deadline) WHERE deadline IS NOT NULL",
    "CREATE UNIQUE INDEX delivery_duty ON delivery (session_id, target, topic)",
    "CREATE INDEX delivery_due ON delivery (target, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX delivery_undelivered ON delivery (due_since, session_id) "
    "WHERE delivered IS NULL OR delivered < wanted",
    "CREATE INDEX delivery_lease ON delivery (lease) WHERE lease IS NOT NULL",
    "CREATE INDEX delivery_given_up ON delivery (target) "
    "WHERE due_at IS NULL AND (delivered IS NULL OR delivered < wanted)",
    "CREATE INDEX knock_stale ON knock (last_at)",
)


FIRST_ROWS = (
    "INSERT INTO feed (last) VALUES (0)",
    "INSERT INTO hearing (since, seen_at) VALUES (0, 0)",
)


def _tables(db):
    # In the order of bytes, as on SQLite: an index then finds what begins with a text, and compares faster.
    by_bytes = [SQL('COLLATE "C"')] if isinstance(db, PostgresqlDatabase) else []

    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Session(Table):
        id = BigAutoField()
        identifier = TextField(unique=True, constraints=by_bytes)
        vendor = TextField()
        student = TextField(null=True, constraints=by_bytes)
        exam = TextField(null=True, constraints=by_bytes)
        status = TextField()
        outcome = TextField()
        enrolment = TextField()
        hearsay = TextField(constraints=[SQL("DEFAULT '{}'")])
        launches = IntegerField()
        facts = TextField()
        standings = TextField()
        findings = TextField()
        reasons = TextField()
        holds = TextField()
        held = TextField(constraints=[SQL("DEFAULT ''")])
        releases = TextField()
        overruled = TextField(null=True)
        settles_at = BigIntegerField(null=True)
        revised = BooleanField(constraints=[SQL("DEFAULT FALSE")])
        ever_locked = BooleanField(constraints=[SQL("DEFAULT FALSE")])
        revision = IntegerField()
        receipts = BigIntegerField(null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()
        feed = BigIntegerField(null=True)

    class Receipt(Table):
        id = BigAutoField()
        vendor = TextField()
        identifier = TextField(null=True, constraints=by_bytes)
        received_at = BigIntegerField()
        key_id = TextField()
        headers = TextField()
        sha256 = TextField()
        content = TextField(null=True)
        verdict = TextField()
        detail = TextField()
        revision = IntegerField(null=True)
        policy_sha256 = TextField(null=True)
        replay_of = BigIntegerField(null=True)
        place = BigIntegerField(null=True)
        previous = TextField(null=True)
        particulars = TextField()
        digest = TextField()
        pruned_at = BigIntegerField(null=True)
        erased_at = BigIntegerField(null=True)
        body = BlobField()  # last, because SQLite reads a row from its beginning

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
        settles_at = BigIntegerField(null=True)
        cause = TextField()
        actor = TextField(null=True)
        note = TextField(null=True)
        said = TextField()
        particulars = TextField()
        digest = TextField()
        erased_at = BigIntegerField(null=True)

    class Checkpoint(Table):
        id = BigAutoField()
        previous = TextField(unique=True)
        at = BigIntegerField()
        covers = TextField()
        last = TextField()
        digest = TextField()

    class Watch(Table):
        identifier = TextField(primary_key=True, constraints=by_bytes)
        launch = IntegerField()
        deadline = BigIntegerField(null=True)
        heard_at = BigIntegerField()
        beats = BigIntegerField()
        alive_count = BigIntegerField()
        stopped = BooleanField()

    class Hearing(Table):
        since = BigIntegerField()
        seen_at = BigIntegerField()
        heard_at = BigIntegerField(null=True)

    class Live(Table):
        identifier = TextField(primary_key=True, constraints=by_bytes)
        events = TextField()

    class Delivery(Table):
        id = BigAutoField()
        session = ForeignKeyField(Session, index=False)
        target = TextField()
        topic = TextField()
        wanted = IntegerField()
        delivered = IntegerField(null=True)
        wanted_at = BigIntegerField()
        due_since = BigIntegerField()
        due_at = BigIntegerField(null=True)
        failed = IntegerField(constraints=[SQL("DEFAULT 0")])
        lease = TextField(null=True)
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
        address = TextField()
        failures = IntegerField(constraints=[SQL("DEFAULT 0")])
        failed_at = BigIntegerField(null=True)
        paused_until = BigIntegerField(null=True)
        stopped_at = BigIntegerField(null=True)
        detail = TextField(constraints=[SQL("DEFAULT ''")])

    class Feed(Table):
        last = BigIntegerField()

    class Worker(Table):
        name = TextField(primary_key=True)
        started_at = BigIntegerField()
        seen_at = BigIntegerField()

    class Tally(Table):
        series = TextField(primary_key=True)
        value = DoubleField()

    class Erasure(Table):
        chain = TextField(primary_key=True)
        at = BigIntegerField()
        actor = TextField()

    class Operator(Table):
        name = TextField(primary_key=True)
        role = TextField()
        password = TextField()
        added_at = BigIntegerField()

    class SignIn(Table):
        token = TextField(primary_key=True)
        operator = ForeignKeyField(Operator, column_name="operator", on_delete="CASCADE")
        began_at = BigIntegerField()
        seen_at = BigIntegerField()

    class Knock(Table):
        who = TextField(primary_key=True)
        failures = IntegerField()
        last_at = BigIntegerField()
        wait_until = BigIntegerField()

    return [
        Session,
        Receipt,
        Policy,
        Decision,
        Checkpoint,
        Watch,
        Hearing,
        Live,
        Delivery,
        Attempt,
        Target,
        Feed,
        Worker,
        Tally,
        Erasure,
        Operator,
        SignIn,
        Knock,
    ]
