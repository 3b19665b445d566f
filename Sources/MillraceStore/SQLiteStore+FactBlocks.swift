// Hot path: the counts of a night are written and read here. Guarded by `script/bench`.

import Foundation
import GRDB
import MillraceCore
import MillraceValues

/// The texts behind numbers of sources and versions, each looked up once.
final class NumberedNames: FactNames {
    private let database: Database
    private var sources: [Int64: String] = [:]
    private var versions: [Int64: (mapping: MappingName, version: String)] = [:]

    init(_ database: Database) { self.database = database }

    func source(_ number: Int64) throws -> String {
        if let known = sources[number] { return known }
        let select = try database.cachedStatement(sql: "SELECT source FROM sources WHERE id = ?")
        guard let text = try String.fetchOne(select, arguments: [number]) else {
            throw StoreError.corrupt("a fact names a source that is not there")
        }
        sources[number] = text
        return text
    }

    func version(_ number: Int64) throws -> (mapping: MappingName, version: String) {
        if let known = versions[number] { return known }
        let select = try database.cachedStatement(sql: "SELECT mapping, version FROM versions WHERE id = ?")
        guard let row = try Row.fetchOne(select, arguments: [number]) else {
            throw StoreError.corrupt("a fact names a mapping version that is not there")
        }
        let found = (MappingName(row[0]), row[1] as String)
        versions[number] = found
        return found
    }
}

extension SQLiteStore {
    /// Records the plain first revisions among the facts as one block; the others stay.
    ///
    /// Whatever else is said of such a fact comes after it, so the block goes first.
    static func putFactBlock(_ facts: [FactWrite], _ writing: Writing) throws {
        var block = FactBlockWriter()
        for case .fresh(let fact) in facts where FactBlockWriter.holds(fact) {
            block.add(
                fact, version: try writing.version(fact.mapping, fact.version),
                first: try writing.source(fact.first.source), last: try writing.source(fact.last.source))
        }
        if block.count == 0 { return }
        let first = try writing.nextFact(block.count)
        try writing.database.cachedStatement(
            sql: "INSERT INTO fact_blocks(first_id, last_id, first_start, last_start, block) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            first, first + Int64(block.count) - 1, block.firstStart.microseconds, block.lastStart.microseconds,
            Data(block.block()),
        ])
    }

    /// The facts of the blocks that the condition asks for, block by block, in the order of recording.
    static func eachBlock(
        _ database: Database, where condition: String, _ arguments: StatementArguments,
        _ body: ([FactRevision]) throws -> Void
    ) throws {
        let select = try database.cachedStatement(
            sql: "SELECT first_id, block FROM fact_blocks WHERE \(condition)")
        let names = NumberedNames(database)
        let rows = try Row.fetchCursor(select, arguments: arguments)
        while let row = try rows.next() {
            let block: Data = row[1]
            var reader = FactBlockReader(Array(block), names: names)
            try body(try reader.facts(from: row[0]))
        }
    }

    /// The first revision in a block of the fact of that identity; nil where none is there. By index fact_blocks_by_last.
    static func inBlock(_ fact: ProductionCount, _ writing: Writing) throws -> FactRevision? {
        let select = try writing.database.cachedStatement(
            sql: """
                SELECT first_id FROM fact_blocks WHERE last_start >= ?1 AND first_start <= ?1 ORDER BY first_id DESC
                """)
        let identity = fact.identity
        for id in try Int64.fetchAll(select, arguments: [fact.start.microseconds]) {
            if let found = try writing.block(id)[identity] { return found }
        }
        return nil
    }
}

extension Writing {
    /// The first of so many numbers for facts: rows and blocks share one sequence.
    func nextFact(_ count: Int = 1) throws -> Int64 {
        let last =
            try lastFact
            ?? Int64.fetchOne(
                database,
                sql:
                    "SELECT max(coalesce((SELECT max(id) FROM facts), 0), coalesce((SELECT max(last_id) FROM fact_blocks), 0))"
            )
            ?? 0
        lastFact = last + Int64(count)
        return last + 1
    }

    /// The facts of a block by what they are known by; kept, for what is added to one fact is mostly added to its neighbours too.
    func block(_ id: Int64) throws -> [ProductionCount.Identity: FactRevision] {
        if let known = blocks[id] { return known }
        var facts: [ProductionCount.Identity: FactRevision] = [:]
        try SQLiteStore.eachBlock(database, where: "first_id = ?", [id]) { revisions in
            for revision in revisions {
                if case .count(let count) = revision.fact { facts[count.identity] = revision }
            }
        }
        if blocks.count >= 4 { blocks.removeAll() }
        blocks[id] = facts
        return facts
    }
}
