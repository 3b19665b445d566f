package import MillraceCore
package import MillraceValues
import Synchronization

/// A source that says what a test wrote into it; it keeps its pages, so that a pull after a crash reads on by its cursor.
package final class ScriptedConnector: Connector {
    private struct Script {
        var pages: [ReadingBatch] = []
        var through: PullEnd.Through = .largestEventTime
        var failure: ConnectorError?
    }

    /// The connector's name.
    package let id: ConnectorID
    private let script = Mutex(Script())

    /// A source of that name that has nothing yet.
    package init(_ id: ConnectorID) { self.id = id }

    /// Adds a page.
    package func add(_ batch: ReadingBatch) { script.withLock { $0.pages.append(batch) } }

    /// What the end of every pull says from now on.
    package func reaches(_ through: PullEnd.Through) { script.withLock { $0.through = through } }

    /// Pulls fail with this from now on; nil: they do not.
    package func fails(_ failure: ConnectorError?) { script.withLock { $0.failure = failure } }

    /// Hands out the pages behind the cursor, which is their number.
    package func pull(
        from cursor: Value?, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd {
        let script = script.withLock { $0 }
        if let failure = script.failure { throw failure }
        let first = Int(cursor?.decimal?.integer ?? 0)
        for number in first..<max(first, script.pages.count) {
            let page = PullPage(batch: script.pages[number], cursor: .number(ExactDecimal(Int64(number + 1))))
            if try await take(page) == .stop, number + 1 < script.pages.count { return PullEnd(through: .cutShort) }
        }
        return PullEnd(through: script.through)
    }
}

/// A row of a source, for batches.
package struct TestRow: Sendable, Hashable {
    /// Its place in the source.
    package var position: Int64
    /// Its fields by name.
    package var fields: [String: String]

    /// That row.
    package init(_ position: Int64, _ fields: [String: String]) {
        self.position = position
        self.fields = fields
    }
}

extension ReadingBatch {
    /// A batch of texts, as a CSV file gives it; a field that a row does not have is absent in it.
    ///
    /// - Shape: `columns` are those that the file has besides the rows' own.
    package static func table(
        _ rows: [TestRow], source: String = "file.csv", columns: Set<String> = []
    ) -> ReadingBatch {
        let names = columns.union(rows.flatMap(\.fields.keys)).sorted()
        var batch = ReadingBatch(source: source, names: names)
        for row in rows.sorted(by: { $0.position < $1.position }) {
            batch.positions.append(row.position)
            for name in names {
                guard let text = row.fields[name] else {
                    batch.spans.append(.absent)
                    continue
                }
                batch.spans.append(FieldSpan(start: UInt32(batch.bytes.count), length: UInt32(text.utf8.count)))
                batch.bytes += Array(text.utf8)
            }
        }
        return batch
    }
}
