import MillraceConnectors
import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@Suite("File drops: which file is which")
struct FileIdentityTests {
    @Test func `R3: whole lines are read once, and an idle pull makes no page`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n4712,6\n")
        var haul = Haul()

        try await haul.pull(folder.csv())
        #expect(haul.rows == ["drop/a.csv@10 order=4711 qty=5", "drop/a.csv@17 order=4712 qty=6"])
        #expect(haul.end == PullEnd(through: .largestEventTime))
        let pages = haul.pages

        try await haul.pull(folder.csv())
        #expect(haul.pages == pages)
        #expect(haul.end == PullEnd(through: .startOfPull))
    }

    @Test func `R3: a file that was not touched is not opened again`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        // Other content under the same size and time: only reading it would show the difference.
        folder.write("a.csv", "order,qty\n4711,9\n")
        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 1)
        #expect(haul.setAside.isEmpty)
    }

    @Test func `R3: what is appended is read on, under the same name`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.append("a.csv", "4712,6\n")
        try await haul.pull(folder.csv())

        #expect(haul.rows.last == "drop/a.csv@17 order=4712 qty=6")
    }

    @Test func `R3: a renamed file goes on under its first name`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.rename("a.csv", "b.csv")
        folder.append("b.csv", "4712,6\n")
        try await haul.pull(folder.csv())

        #expect(haul.rows == ["drop/a.csv@10 order=4711 qty=5", "drop/a.csv@17 order=4712 qty=6"])
        #expect(haul.setAside.isEmpty)
    }

    @Test func `R3: rotation by renaming reads the rest of the old file and the new one, which gets a number`()
        async throws
    {
        let folder = DropFolder()
        folder.write("log.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.append("log.csv", "4712,6\n")
        folder.rename("log.csv", "log-1.csv")
        folder.write("log.csv", "order,qty\n4713,7\n")
        try await haul.pull(folder.csv())

        #expect(
            haul.rows.dropFirst() == ["drop/log.csv@17 order=4712 qty=6", "drop/log.csv#2@10 order=4713 qty=7"])
    }

    @Test func `R3: a copy under a second name is reported as a repeat, once, and not read`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.write("b.csv", "order,qty\n4711,5\n")
        try await haul.pull(folder.csv())
        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 1)
        #expect(haul.setAside.map(\.reason) == [.file])
        #expect(
            haul.setAside.first?.sentence
                == "drop/b.csv repeats drop/a.csv, which was read already; it is not read, remove it")
        #expect(haul.end?.through == .startOfPull)
    }

    @Test func `R3: two equal files that come together are read once`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        folder.write("b.csv", "order,qty\n4711,5\n")
        var haul = Haul()

        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 1)
        #expect(haul.setAside.map(\.reason) == [.file])
    }

    @Test func `R3: a longer copy is read on from where the first one ended`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.write("b.csv", "order,qty\n4711,5\n4712,6\n")
        try await haul.pull(folder.csv())
        #expect(haul.rows.last == "drop/a.csv@17 order=4712 qty=6")
        #expect(haul.rows.count == 2)

        // The shorter one that stayed behind is known; what is written to it later is new and has a name of its own.
        try await haul.pull(folder.csv())
        folder.append("a.csv", "4713,7\n")
        try await haul.pull(folder.csv())
        #expect(haul.rows.count == 3)
        #expect(haul.rows.last == "drop/a.csv#2@17 order=4713 qty=7")
        #expect(haul.setAside.isEmpty)
    }

    @Test func `R3: a file with only the same head is new`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.write("b.csv", "order,qty\n4799,5\n")
        try await haul.pull(folder.csv())

        #expect(haul.rows.last == "drop/b.csv@10 order=4799 qty=5")
    }

    @Test func `R3: a shortened file is reported and held, and marks the pull as incomplete`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n4712,6\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.write("a.csv", "order,qty\n4711,5\n", age: 600)
        try await haul.pull(folder.csv())
        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 2)
        #expect(haul.setAside.map(\.reason) == [.file])
        let sentence =
            "drop/a.csv was rewritten or shortened since it was read; it is held, "
            + "give it a new name to have it read as a new file"
        #expect(haul.end == PullEnd(through: .largestEventTime, troubles: [sentence]))

        folder.rename("a.csv", "c.csv")
        folder.append("c.csv", "4799,1\n")
        try await haul.pull(folder.csv())
        #expect(haul.rows.count == 4)
        #expect(haul.rows.last == "drop/c.csv@17 order=4799 qty=1")
    }

    @Test func `R3: a file rewritten in place with more bytes is held`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.write("a.csv", "order,qty\n9999,5\n9998,7\n", age: 600)
        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 1)
        #expect(haul.setAside.map(\.reason) == [.file])
    }

    @Test func `R3: a held file is read once the earlier one is found under another name`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        try await haul.pull(folder.csv())
        folder.write("a.csv", "order,qty\n9999,5\n", age: 600)
        try await haul.pull(folder.csv())
        #expect(haul.rows.count == 1)

        folder.write("saved.csv", "order,qty\n4711,5\n", age: 500)
        try await haul.pull(folder.csv())
        try await haul.pull(folder.csv())

        #expect(haul.rows.count == 2)
        #expect(haul.rows.last == "drop/a.csv#2@10 order=9999 qty=5")
    }

    @Test func `Files under an absolute path are read and put away`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        let settings = FileDropSettings(
            id: "packing", folder: "/nowhere", path: folder.path + "/drop/*.csv", format: .csv(CSVFormat()),
            after: .delete)
        var haul = Haul()
        try await haul.pull(FileDropConnector(settings) { DropFolder.now })

        #expect(haul.rows == ["\(folder.path)/drop/a.csv@10 order=4711 qty=5"])
        #expect(folder.names("/drop") == [])
    }

    @Test func `R3: an unterminated last line waits until the file is quiet`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n4712,6", age: 10)
        var haul = Haul()

        try await haul.pull(folder.csv())
        #expect(haul.rows == ["drop/a.csv@10 order=4711 qty=5"])
        #expect(haul.end?.through == .largestEventTime)

        folder.touch("a.csv", age: 30)
        try await haul.pull(folder.csv())
        #expect(haul.rows.last == "drop/a.csv@17 order=4712 qty=6")
    }

    @Test func `R3: a file that goes before its end is a gap`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n4712,6", age: 10)
        var haul = Haul()
        try await haul.pull(folder.csv())

        folder.remove("a.csv")
        try await haul.pull(folder.csv())

        #expect(haul.gaps.map(\.from) == [17])
        #expect(haul.gaps.map(\.to) == [22])
    }

    @Test func `R3: a file is archived after its page was taken, and the same name later is a new file`() async throws {
        let folder = DropFolder()
        let connector = folder.csv(after: .archive(folder: nil))
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()

        try await haul.pull(connector)
        #expect(folder.names("/drop") == [])
        #expect(folder.names("/drop/archive") == ["a.csv"])

        folder.write("a.csv", "order,qty\n4712,6\n")
        try await haul.pull(connector)
        #expect(haul.rows.last == "drop/a.csv#2@10 order=4712 qty=6")
        #expect(folder.names("/drop/archive") == ["a.csv", "a.csv#2"])

        // The first one once more is a repeat, and stays where it is.
        folder.write("a.csv", "order,qty\n4711,5\n")
        try await haul.pull(connector)
        #expect(haul.rows.count == 2)
        #expect(haul.setAside.map(\.reason) == [.file])
        #expect(folder.names("/drop") == ["a.csv"])
    }

    @Test func `R3: a crash between commit and rename leaves a file that is only put away`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        var haul = Haul()
        // The page is durable, then the program dies: `take` commits and throws.
        var kept: Value?
        await #expect(throws: Haul.Crash.self) {
            _ = try await folder.csv(after: .archive(folder: nil)).pull(from: nil) { page in
                kept = page.cursor
                throw Haul.Crash()
            }
        }
        #expect(folder.names("/drop") == ["a.csv"])

        haul.cursor = kept
        try await haul.pull(folder.csv(after: .archive(folder: nil)))

        #expect(haul.rows.isEmpty && haul.setAside.isEmpty && haul.pages == 0)
        #expect(folder.names("/drop/archive") == ["a.csv"])
    }

    @Test func `R3: a page that was not committed is read again, and nothing is put away`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n")
        await #expect(throws: Haul.Crash.self) {
            _ = try await folder.csv(after: .delete).pull(from: nil) { _ in throw Haul.Crash() }
        }
        #expect(folder.names("/drop") == ["a.csv"])

        var haul = Haul()
        try await haul.pull(folder.csv(after: .delete))

        #expect(haul.rows == ["drop/a.csv@10 order=4711 qty=5"])
        #expect(folder.names("/drop") == [])
    }

    @Test func `A file that is still written to is not put away`() async throws {
        let folder = DropFolder()
        folder.write("a.csv", "order,qty\n4711,5\n", age: 5)
        var haul = Haul()

        try await haul.pull(folder.csv(after: .delete))
        #expect(folder.names("/drop") == ["a.csv"])
        #expect(haul.rows.count == 1)

        folder.touch("a.csv", age: 60)
        try await haul.pull(folder.csv(after: .delete))
        #expect(folder.names("/drop") == [])
        #expect(haul.rows.count == 1)
    }

    @Test func `The cursor stays small however many files were put away`() async throws {
        let folder = DropFolder()
        var haul = Haul()
        for number in 0..<1100 { folder.write("\(number).csv", "order,qty\n\(number),5\n") }
        try await haul.pull(folder.csv(after: .delete))
        #expect(haul.rows.count == 1100)
        folder.write("0.csv", "order,qty\nx,5\n")
        try await haul.pull(folder.csv(after: .delete))
        folder.write("0.csv", "order,qty\ny,5\n")
        try await haul.pull(folder.csv(after: .delete))

        // The path of the first file was used before, though that file is forgotten.
        #expect(haul.rows.suffix(2).map { String($0.prefix(12)) } == ["drop/0.csv#2", "drop/0.csv#3"])
        let size = haul.cursor.map { JSONWriter.bytes($0).count } ?? .max
        #expect(size < 150_000)
    }

    @Test func `A missing folder is a source that cannot be reached`() async throws {
        let folder = DropFolder()
        let connector = folder.connector(.ndjson, "nowhere/*.ndjson")
        let sentence = "the folder \(folder.path)/drop/nowhere/ cannot be read (No such file or directory)"
        await #expect(throws: ConnectorError.unreachable("packing", sentence)) {
            _ = try await connector.pull(from: nil) { _ in .goOn }
        }
    }

    @Test func `A cursor of another kind is refused`() async throws {
        let folder = DropFolder()
        await #expect(throws: ConnectorError.foreignCursor("packing")) {
            _ = try await folder.csv().pull(from: ["kind": "mtconnect"]) { _ in .goOn }
        }
    }
}
