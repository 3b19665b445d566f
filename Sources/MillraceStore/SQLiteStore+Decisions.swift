import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: FactDecisionStore {
    /// The newest revision of every fact that no rule explains. By the partial index facts_waiting.
    public func unconfirmedFacts() throws(StoreError) -> [FactRevision] {
        try read { database in
            let sql = """
                SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE waits = 1 AND standing = 'unconfirmed' ORDER BY facts.id
                """
            return try Row.fetchAll(database, sql: sql).map(Self.fact)
        }
    }

    /// The decision on the step, by its whole key.
    public func decision(on fact: Fact) throws(StoreError) -> FactDecision? {
        try read { database in
            let sql = """
                SELECT verdict, who, reason FROM fact_decisions
                WHERE mapping = ? AND equipment = ? AND start = ? AND sentence = ?
                """
            let key: StatementArguments = [fact.mapping.text, fact.equipment, fact.start.microseconds, fact.rule]
            guard let row = try Row.fetchOne(try database.cachedStatement(sql: sql), arguments: key) else { return nil }
            return FactDecision(
                on: fact, try word(row[0], FactDecision.Verdict.self), who: row[1], reason: row[2])
        }
    }

    /// Records a decision, in the place of an earlier one.
    public func record(_ decision: FactDecision, now: Instant) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO fact_decisions(mapping, equipment, start, sentence, verdict, who, reason, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT(mapping, equipment, start, sentence) DO UPDATE SET verdict = excluded.verdict,
                      who = excluded.who, reason = excluded.reason, at = excluded.at
                    """,
                arguments: [
                    decision.mapping.text, decision.equipment, decision.start.microseconds, decision.sentence,
                    decision.verdict.rawValue, decision.who, decision.reason, now.microseconds,
                ])
            try Self.audit(
                who: decision.who, verb: "fact-\(decision.verdict.rawValue)",
                subject: "\(decision.mapping) \(decision.equipment) \(decision.start.iso8601)",
                detail: "\(decision.reason); \(decision.sentence)", now: now, in: database)
        }
    }

    /// The reason that a person said of the interval, by its whole key.
    public func saidReason(of interval: Downtime) throws(StoreError) -> String? {
        try read { database in
            let sql = "SELECT reason FROM said_reasons WHERE mapping = ? AND equipment = ? AND start = ?"
            return try String.fetchOne(
                try database.cachedStatement(sql: sql),
                arguments: [interval.mapping.text, interval.equipment, interval.start.microseconds])
        }
    }

    /// Records a reason, in the place of an earlier one.
    public func record(_ reason: SaidReason, now: Instant) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO said_reasons(mapping, equipment, start, reason, who, at) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT(mapping, equipment, start) DO UPDATE SET reason = excluded.reason, who = excluded.who,
                      at = excluded.at
                    """,
                arguments: [
                    reason.mapping.text, reason.equipment, reason.start.microseconds, reason.reason, reason.who,
                    now.microseconds,
                ])
            try Self.audit(
                who: reason.who, verb: "fact-reason",
                subject: "\(reason.mapping) \(reason.equipment) \(reason.start.iso8601)", detail: reason.reason,
                now: now, in: database)
        }
    }

    /// Notes in the audit what a person did by hand.
    public func note(
        verb: String, subject: String, detail: String, by who: String, now: Instant
    ) throws(StoreError) {
        try write { database in
            try Self.audit(who: who, verb: verb, subject: subject, detail: detail, now: now, in: database)
        }
    }
}
