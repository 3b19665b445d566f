import GRDB
import Glibc
import MillraceCore
import MillraceTesting
import Testing

@testable import MillraceStore

@Suite("SQLite store: failures")
struct StoreFailureTests {
    let folder: TemporaryFolder
    var path: String { folder.file("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String) throws {
        let file = try #require(fopen(path, "wb"))
        fputs(text, file)
        fclose(file)
    }

    @Test func `a new store and its log are for their owner alone`() throws {
        let store = try SQLiteStore(path: path)
        try store.setNote("a", "b")

        for name in ["store.sqlite", "store.sqlite-wal"] {
            var status = stat()
            #expect(stat(folder.file(name), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `a store that was never made cannot be opened for reading`() throws {
        #expect {
            _ = try SQLiteStore(readingFrom: path)
        } throws: { error in
            guard case StoreError.cannotOpen = error else { return false }
            return "\(error)" == "the store cannot be opened: '\(path)': unable to open database file"
        }
    }

    @Test func `a store in a folder that is not there cannot be opened`() throws {
        #expect {
            _ = try SQLiteStore(path: folder.path + "/none/store.sqlite")
        } throws: { error in
            if case StoreError.cannotOpen = error { true } else { false }
        }
    }

    @Test func `a file that is no store is not trusted`() throws {
        try write(String(repeating: "this is no database, but it is long enough to be looked at. ", count: 40))

        #expect(
            throws: StoreError.corrupt("'\(path)' is damaged (file is not a database)")
        ) { _ = try SQLiteStore(path: path) }
        #expect(
            StoreError.corrupt("'x' is damaged (file is not a database)").description
                == "the store cannot be trusted: 'x' is damaged (file is not a database); restore it from its backup")
    }

    @Test func `a store of a newer program says so, for reading too`() throws {
        try SQLiteStore(path: path).queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        let expected = StoreError.newer("'\(path)'")

        #expect(throws: expected) { _ = try SQLiteStore(path: path) }
        #expect(throws: expected) { _ = try SQLiteStore(readingFrom: path) }
    }

    @Test func `a damaged page is found when it is read`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit(StoreSamples.step((0..<500).map { .fresh(StoreSamples.count(1, minute: Int64($0))) }))
        try store.queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let size = try #require(fopen(path, "r+b"))
        fseek(size, 0, SEEK_END)
        let pages = ftell(size) / 4096
        for page in 1..<pages {
            fseek(size, page * 4096, SEEK_SET)
            fputs("garbage", size)
        }
        fclose(size)

        let other = try? SQLiteStore(readingFrom: path)  // try?: opening may find the damage already
        #expect {
            _ = try other?.facts(after: 0, limit: 1000)
            _ = try other?.runs(limit: 1)
            if other == nil { throw StoreError.corrupt("") }
        } throws: { error in
            if case StoreError.corrupt = error { true } else { false }
        }
    }

    @Test func `a column that no program of ours wrote is damage, not a trap`() throws {
        let store = try SQLiteStore(path: path)
        _ = try store.book("A") { [StoreSamples.document(sum: $0)] }

        try store.queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE documents SET state = 'flying'") }
        #expect(throws: StoreError.corrupt("a column reads 'flying'")) { _ = try store.documents(of: 1) }
        try store.queue.writeWithoutTransaction {
            try $0.execute(sql: "UPDATE documents SET state = 'queued', good = 'many'")
        }
        #expect(throws: StoreError.corrupt("an amount reads 'many'")) { _ = try store.documents(of: 1) }
        try store.queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE documents SET good = 1, fields = '{'") }
        #expect {
            _ = try store.documents(of: 1)
        } throws: { "\($0)".hasPrefix("the store cannot be trusted: a column holds damaged JSON") }
    }

    @Test func `a full disk undoes the step, and what was there stays`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit(StoreSamples.step([.fresh(StoreSamples.count(1))]))
        try store.queue.writeWithoutTransaction {
            let pages = try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0
            try $0.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let many = StoreSamples.step((1..<5_000).map { .fresh(StoreSamples.count(1, minute: Int64($0))) })

        #expect(throws: StoreError.full("the disk with '\(path)' is full")) { try store.commit(many) }
        #expect(throws: StoreError.full("the disk with '\(path)' is full")) {
            try store.together {
                try store.setNote("a", "b")
                try store.commit(many)
            }
        }

        #expect(try store.facts(after: 0, limit: 10).count == 1)
        #expect(try store.note("a") == nil)
        try store.setNote("a", "b")
        #expect(try store.note("a") == "b")
        #expect(
            StoreError.full("the disk with 'x' is full").description
                == "the store cannot be written: the disk with 'x' is full; free space or mend the rights, nothing is lost"
        )
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a read-only folder is said to be read-only`() throws {
        _ = try SQLiteStore(path: path)
        chmod(path, 0o400)

        #expect(throws: StoreError.full("'\(path)' or its folder is read-only")) {
            try SQLiteStore(path: path).setNote("a", "b")
        }
    }

    @Test func `a store opened for reading writes nothing`() throws {
        _ = try SQLiteStore(path: path)

        let reader = try SQLiteStore(readingFrom: path)

        #expect(throws: StoreError.full("'\(path)' or its folder is read-only")) { try reader.setNote("a", "b") }
    }

    @Test func `another writer makes us busy, and readers see what was committed`() throws {
        let store = try SQLiteStore(path: path)
        let other = try SQLiteStore(path: path, busyAfter: 0)
        try store.setNote("a", "before")

        try store.together {
            try store.setNote("a", "after")
            #expect(throws: StoreError.busy) { try other.setNote("a", "theirs") }
            #expect(throws: StoreError.busy) { try other.together {} }
            #expect(try other.note("a") == "before")
        }

        #expect(try other.note("a") == "after")
        try other.setNote("a", "theirs")
        #expect(try store.note("a") == "theirs")
        #expect(
            StoreError.busy.description == "the store is in use by another program; nothing was changed, try again")
    }
}
