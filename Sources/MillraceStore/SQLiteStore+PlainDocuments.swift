// Hot path: most documents of a night are written here. Guarded by `script/bench`.

import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore {
    /// Records new sums that are their only documents (`SumNumber`).
    public func make(_ documents: PlainDocuments, now: Instant) throws(StoreError) -> Set<String> {
        if documents.rows.isEmpty { return [] }
        return try write { database in
            let writing = Writing(database)
            try Self.moveMarks(in: database)
            for kind in documents.kinds { try Self.ensureMark(of: kind.request.endpoint, writing) }
            let versions = try documents.kinds.map { try writing.version($0.mapping, $0.version) }
            let statement = try writing.statement(.plainDocument)
            var known: Set<String> = []
            for row in documents.rows {
                let kind = documents.kinds[row.kind]
                statement.bind(row.stem, then: SumNumber.firstRevision)
                statement.bind(kind.request.endpoint.text)
                statement.bind(kind.request.request.text)
                statement.bind(row.amounts)
                statement.bind(json: row.fields)
                statement.bind(row.orderValue)
                statement.bind(row.windowStart.microseconds)
                statement.bind(row.windowEnd.microseconds)
                statement.bind(versions[row.kind])
                statement.bind(row.body)
                statement.bind(now.microseconds)
                statement.bind(row.stem)
                try statement.run()
                if database.changesCount != 1 { known.insert(row.stem) }
            }
            return known
        }
    }
}
