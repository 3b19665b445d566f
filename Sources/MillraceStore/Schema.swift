import GRDB

/// The tables of a site's store, as numbered steps. A released step is never edited.
///
/// One file holds one site, so no row carries the site; its id stands in `notes`.
/// Amounts are INTEGER where whole and TEXT where not: exact either way.
enum Schema {
    /// The steps, each run once, in order; the file's `user_version` says how many it has.
    static let steps: [String] = [first, decisions, mending, counters, contentTypes, versions, counted]

    /// Brings the file to this program's version.
    static func migrate(_ database: Database) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= steps.count else { throw NewerStore() }
        for number in version..<steps.count {
            try database.execute(sql: steps[number])
            try database.execute(sql: "PRAGMA user_version = \(number + 1)")
        }
    }

    /// The file was written by a newer program.
    struct NewerStore: Error {}

    private static let counters =
        "CREATE TABLE counters(series TEXT PRIMARY KEY, amount INTEGER NOT NULL) WITHOUT ROWID;"

    /// What a document's body is, where its mapping says so.
    private static let contentTypes = "ALTER TABLE documents ADD COLUMN content_type TEXT;"

    /// Texts of versions that differ in rows of tables only, each content once, by its hash.
    private static let versions = """
        CREATE TABLE kept_texts(hash TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
        ALTER TABLE mapping_texts ADD COLUMN base TEXT;
        ALTER TABLE mapping_texts ADD COLUMN uses TEXT;
        """

    /// How much of a sum was in the figure there when its opening was said.
    private static let counted = "ALTER TABLE openings ADD COLUMN counted NOT NULL DEFAULT 0;"

    private static let first = """
        CREATE TABLE notes(name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE sources(id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE);
        CREATE TABLE versions(id INTEGER PRIMARY KEY, mapping TEXT NOT NULL, version TEXT NOT NULL, UNIQUE(mapping, version));
        CREATE TABLE mapping_texts(mapping TEXT NOT NULL, version TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL,
          tables TEXT NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY(mapping, version)) WITHOUT ROWID;

        CREATE TABLE cursors(connector TEXT PRIMARY KEY, position TEXT, pulled_through INTEGER, largest_event_time INTEGER)
          WITHOUT ROWID;
        CREATE TABLE mapping_states(connector TEXT NOT NULL, mapping TEXT NOT NULL, state TEXT NOT NULL,
          PRIMARY KEY(connector, mapping)) WITHOUT ROWID;
        CREATE TABLE readings(id INTEGER PRIMARY KEY, connector TEXT NOT NULL, first_instant INTEGER, last_instant INTEGER,
          pulled_at INTEGER NOT NULL, versions TEXT NOT NULL, rows INTEGER NOT NULL,
          block BLOB NOT NULL, late_before INTEGER);
        CREATE INDEX readings_by_last ON readings(connector, last_instant);
        CREATE TABLE streams(connector TEXT NOT NULL, mapping TEXT NOT NULL, equipment TEXT NOT NULL, state BLOB NOT NULL,
          due INTEGER, dirty_from INTEGER, PRIMARY KEY(connector, mapping, equipment)) WITHOUT ROWID;
        CREATE INDEX streams_due ON streams(connector, due) WHERE due IS NOT NULL;
        CREATE INDEX streams_dirty ON streams(connector, dirty_from) WHERE dirty_from IS NOT NULL;
        CREATE TABLE snapshots(connector TEXT NOT NULL, mapping TEXT NOT NULL, equipment TEXT NOT NULL, at INTEGER NOT NULL,
          state BLOB NOT NULL, PRIMARY KEY(connector, mapping, equipment, at)) WITHOUT ROWID;
        CREATE INDEX snapshots_by_at ON snapshots(at);
        CREATE TABLE known_rows(mapping TEXT NOT NULL, row_values TEXT NOT NULL, PRIMARY KEY(mapping, row_values)) WITHOUT ROWID;
        CREATE TABLE ahead_readings(connector TEXT NOT NULL, mapping TEXT NOT NULL, equipment TEXT NOT NULL,
          source TEXT NOT NULL, position INTEGER NOT NULL, instant INTEGER NOT NULL,
          PRIMARY KEY(connector, instant, mapping, source, position)) WITHOUT ROWID;
        CREATE TABLE counting_sources(equipment TEXT NOT NULL, quantity TEXT NOT NULL, mapping TEXT NOT NULL,
          PRIMARY KEY(equipment, quantity)) WITHOUT ROWID;
        CREATE TABLE gaps(id INTEGER PRIMARY KEY, connector TEXT NOT NULL, source TEXT NOT NULL, from_position INTEGER,
          to_position INTEGER, start INTEGER, "end" INTEGER, sentence TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE TABLE set_aside(id INTEGER PRIMARY KEY, connector TEXT NOT NULL, source TEXT NOT NULL, position INTEGER NOT NULL,
          line INTEGER, field TEXT, reason TEXT NOT NULL, sentence TEXT NOT NULL, content BLOB NOT NULL,
          recorded_at INTEGER NOT NULL, settled_at INTEGER, UNIQUE(connector, source, position, reason, field));

        CREATE TABLE facts(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL REFERENCES versions,
          equipment TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER, "order" TEXT, operation TEXT, material TEXT,
          shift TEXT NOT NULL, production_day TEXT NOT NULL, standing TEXT NOT NULL, rule TEXT NOT NULL, good, scrap, rework,
          change_good, change_scrap, change_rework, marks TEXT, class TEXT, reason TEXT, is_withdrawn INTEGER,
          first_source INTEGER NOT NULL, first_position INTEGER NOT NULL, last_source INTEGER NOT NULL,
          last_position INTEGER NOT NULL, pieces TEXT, revision INTEGER NOT NULL, waits INTEGER);
        CREATE TABLE fact_blocks(first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL, first_start INTEGER NOT NULL,
          last_start INTEGER NOT NULL, block BLOB NOT NULL);
        CREATE INDEX fact_blocks_by_last ON fact_blocks(last_start);
        CREATE INDEX facts_by_start ON facts(start, equipment);
        CREATE INDEX facts_waiting ON facts(standing, id) WHERE waits = 1;

        CREATE TABLE sums(id INTEGER PRIMARY KEY, stem TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, request TEXT NOT NULL,
          kind TEXT NOT NULL, per_values TEXT NOT NULL, mapping TEXT NOT NULL, window_start INTEGER NOT NULL,
          window_end INTEGER NOT NULL, fields TEXT NOT NULL, good, scrap, rework, interval TEXT,
          revision INTEGER NOT NULL, is_changed INTEGER NOT NULL, conflict TEXT);
        CREATE INDEX sums_changed ON sums(id) WHERE is_changed = 1;
        CREATE INDEX sums_by_window ON sums(request, window_start);
        CREATE TABLE openings(stem TEXT PRIMARY KEY, figure NOT NULL, said_by TEXT NOT NULL, recorded_at INTEGER NOT NULL)
          WITHOUT ROWID;
        CREATE TABLE epochs(mapping TEXT NOT NULL, begins INTEGER NOT NULL, structure TEXT NOT NULL, version TEXT NOT NULL,
          PRIMARY KEY(mapping, begins, structure)) WITHOUT ROWID;

        CREATE TABLE documents(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, sum INTEGER REFERENCES sums,
          endpoint TEXT NOT NULL, request TEXT NOT NULL, purpose TEXT NOT NULL, revision INTEGER NOT NULL, good, scrap, rework,
          interval TEXT, fields TEXT NOT NULL, order_value TEXT, window_start INTEGER NOT NULL, window_end INTEGER NOT NULL,
          version INTEGER NOT NULL REFERENCES versions, body BLOB, state TEXT NOT NULL, cause TEXT NOT NULL,
          cause_code TEXT NOT NULL, not_before INTEGER NOT NULL, attempts INTEGER NOT NULL, replaces TEXT, receipt TEXT,
          created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, discard TEXT, must_not_repeat INTEGER NOT NULL, run TEXT,
          is_fresh INTEGER NOT NULL);
        CREATE TABLE fresh_documents(endpoint TEXT PRIMARY KEY, after INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX documents_by_sum ON documents(sum) WHERE sum IS NOT NULL;
        CREATE INDEX documents_live ON documents(endpoint, id)
          WHERE is_fresh = 0 AND state IN ('queued', 'leased', 'accepted', 'unknown');
        CREATE INDEX documents_in_order ON documents(endpoint, order_value, id)
          WHERE is_fresh = 0 AND state IN ('queued', 'leased', 'accepted', 'unknown');
        CREATE INDEX documents_leased ON documents(run) WHERE state = 'leased';
        CREATE INDEX documents_parked ON documents(endpoint, id) WHERE state = 'parked';
        CREATE TABLE attempts(id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, run TEXT NOT NULL,
          started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, status INTEGER, receipt TEXT,
          sentence TEXT NOT NULL, answer BLOB NOT NULL);
        CREATE INDEX attempts_by_document ON attempts(document);
        CREATE TABLE endpoint_health(endpoint TEXT PRIMARY KEY, held_until INTEGER, held_since INTEGER, cause TEXT NOT NULL,
          cause_code TEXT NOT NULL, failures INTEGER NOT NULL, was_off INTEGER NOT NULL, discard_before INTEGER) WITHOUT ROWID;

        CREATE TABLE runs(id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, exit_code INTEGER NOT NULL,
          figures TEXT NOT NULL, notices TEXT NOT NULL);
        CREATE INDEX runs_by_start ON runs(started_at);
        CREATE TABLE told(subject TEXT PRIMARY KEY, sentence TEXT NOT NULL, since INTEGER NOT NULL, told_at INTEGER NOT NULL)
          WITHOUT ROWID;
        CREATE TABLE audit(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL,
          subject TEXT NOT NULL, detail TEXT NOT NULL);
        """

    /// What persons decided on steps that no rule explains.
    private static let decisions = """
        CREATE TABLE fact_decisions(mapping TEXT NOT NULL, equipment TEXT NOT NULL, start INTEGER NOT NULL,
          sentence TEXT NOT NULL, verdict TEXT NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
          PRIMARY KEY(mapping, equipment, start, sentence)) WITHOUT ROWID;
        CREATE TABLE said_reasons(mapping TEXT NOT NULL, equipment TEXT NOT NULL, start INTEGER NOT NULL, reason TEXT NOT NULL,
          who TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(mapping, equipment, start)) WITHOUT ROWID;
        """

    /// What working on the past again leaves: windows with the text that speaks there, and readings that a source corrected.
    private static let mending = """
        CREATE TABLE resynced(id INTEGER PRIMARY KEY, connector TEXT NOT NULL, mapping TEXT NOT NULL, equipment TEXT NOT NULL,
          start INTEGER NOT NULL, "end" INTEGER NOT NULL, version TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE INDEX resynced_by_stream ON resynced(connector, mapping, equipment);
        CREATE TABLE corrections(connector TEXT NOT NULL, source TEXT NOT NULL, position INTEGER NOT NULL, block INTEGER NOT NULL,
          PRIMARY KEY(connector, source, position)) WITHOUT ROWID;
        CREATE INDEX audit_by_subject ON audit(subject, id);
        """
}
