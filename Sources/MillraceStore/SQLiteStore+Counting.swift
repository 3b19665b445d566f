import GRDB
public import MillraceCore

extension SQLiteStore {
    /// What all runs added to counters.
    public func counters() throws(StoreError) -> CounterTally {
        try read { database in
            var tally = CounterTally()
            for row in try Row.fetchAll(database, sql: "SELECT series, amount FROM counters") {
                tally.add(row[1], to: CounterSeries(kept: row[0]))
            }
            return tally
        }
    }

    /// Adds a run's amounts.
    static func add(_ tally: CounterTally, in database: Database) throws {
        if tally.amounts.isEmpty { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO counters(series, amount) VALUES (?, ?)
                ON CONFLICT(series) DO UPDATE SET amount = amount + excluded.amount
                """)
        for (series, amount) in tally.amounts.sorted(by: { $0.key < $1.key }) {
            try statement.execute(arguments: [series.description, amount])
        }
    }
}
