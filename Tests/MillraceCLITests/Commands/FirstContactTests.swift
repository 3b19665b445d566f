import Foundation
import MillraceTesting
import Testing

@testable import MillraceCLI

@Suite("First contact", .enabled(if: BuiltProgram.path != nil))
struct FirstContactTests {
    @Test func `a new site checks, passes its tests, and its first two runs book a shift each`() throws {
        let server = try erp(port: 0)
        defer { server.stop() }
        let folder = try OperatorSite()
        #expect(try folder.program(["init", "plant", "--zone", "Europe/Berlin"]).code == 0)
        let file = folder.path("plant/millrace.yaml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("url: http://127.0.0.1:8480\n") && text.contains("live-since: 2026-03-01T00:00"))
        try text.replacingOccurrences(of: SiteDraft.sandbox, with: server.url).write(
            toFile: file, atomically: true, encoding: .utf8)

        #expect(try folder.program(["check", "--site", "plant"]).code == 0)
        #expect(try folder.program(["map", "test", "--site", "plant"]).code == 0)
        #expect(try folder.program(["run", "--site", "plant"]).code == 0)
        #expect(server.requests.count == 2)
        #expect(try folder.program(["run", "--site", "plant"]).code == 0)
        #expect(server.requests.count == 3)
        let status = try folder.program(["status", "--site", "plant", "--check"])
        #expect(status.code == 0 && status.output.hasPrefix("All is well"), "\(status)")
        let secret = try FileManager.default.attributesOfItem(atPath: folder.path("plant/secrets/erp.key"))
        #expect(secret[.posixPermissions] as? Int == 0o600)
    }

    @Test func `nothing that is there is overwritten`() throws {
        let folder = try OperatorSite()
        try folder.write("plant/mappings/counts.yaml", "mine")
        let ending = try folder.program(["init", "plant"])
        #expect(
            ending.code == 2 && ending.errors.contains("'plant/mappings/counts.yaml' is there already"), "\(ending)")
        #expect(try String(contentsOfFile: folder.path("plant/mappings/counts.yaml"), encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: folder.path("plant/millrace.yaml")))
    }

    /// Two presses that tell their counters, one of which passes its 16 bits; a terminal's own rows in between.
    private static func counters() -> String {
        var text = "ts;line;machine;state;order;op;good;scrap\r\n"
        for minute in 0..<40 {
            let time = "02.03.2026 06:\(minute < 10 ? "0" : "")\(minute):00"
            text +=
                "\(time);L1;M1;\(minute % 7 == 3 ? "STOPPED" : "RUNNING");4711;0010;\((65_500 + minute * 3) % 65_536);\(minute / 20)\r\n"
            text += "\(time);L1;M2;RUNNING;4712;0010;\(100 + minute * 2);0\r\n"
        }
        return text
    }

    @Test func `a date and a time of the day in two columns become one time`() throws {
        let folder = try OperatorSite()
        try folder.write(
            "de.csv",
            "Maschine;Auftrag;Datum;Uhrzeit;Gutmenge;Ausschuss\nP1;4711;02.03.2026;06:10;12;0\nP1;4711;03.03.2026;06:20;15;1\n"
        )

        let made = try folder.program(["init", "plant", "--from", "de.csv", "--zone", "Europe/Berlin"])

        #expect(made.code == 0, "\(made)")
        #expect(made.output.contains("Datum      time, with 'Uhrzeit' (dd.MM.yyyy HH:mm)"), "\(made)")
        let mapping = try String(contentsOfFile: folder.path("plant/mappings/de-counts.yaml"), encoding: .utf8)
        #expect(
            mapping.contains(#"time:      {from: [Datum, Uhrzeit], type: time, format: "dd.MM.yyyy HH:mm", zone: site"#)
        )
        #expect(mapping.contains("good:      {increment: Gutmenge}"), "\(mapping)")
        let site = try String(contentsOfFile: folder.path("plant/millrace.yaml"), encoding: .utf8)
        #expect(site.contains("live-since: 2026-03-02T00:00"), "\(site)")
    }

    @Test func `a strange CSV of counters becomes a mapping that counts what they prove`() throws {
        let server = try erp()
        defer { server.stop() }
        let folder = try OperatorSite()
        try folder.write("export.csv", Self.counters())

        let made = try folder.program(["init", "plant", "--from", "export.csv", "--zone", "UTC"])

        #expect(made.code == 0, "\(made)")
        #expect(made.output.contains("good     counter (good)"), "\(made)")
        #expect(made.output.contains("it fell once, near 65536: it seems to begin again there"), "\(made)")
        let mapping = try String(contentsOfFile: folder.path("plant/mappings/export-counts.yaml"), encoding: .utf8)
        #expect(mapping.contains("equipment: machine\n"), "\(mapping)")
        #expect(mapping.contains(#"time:      {from: ts, type: time, format: "dd.MM.yyyy HH:mm:ss", zone: site"#))
        #expect(mapping.contains("good:      {counter: good, modulus: 65536, reset: evidence, first: baseline}"))
        let stops = try String(contentsOfFile: folder.path("plant/mappings/export-stops.yaml"), encoding: .utf8)
        #expect(stops.contains(#"{when: 'state = "RUNNING"', class: producing}"#), "\(stops)")
        #expect(stops.contains(#"{when: 'state = "STOPPED"', class: unplanned-down}"#), "\(stops)")
        let site = folder.path("plant/millrace.yaml")
        let text = try String(contentsOfFile: site, encoding: .utf8)
        #expect(text.contains(#"delimiter: ";""#), "\(text)")
        try text.replacingOccurrences(of: SiteDraft.sandbox, with: server.url).write(
            toFile: site, atomically: true, encoding: .utf8)
        #expect(try folder.program(["check", "--site", "plant"]).code == 0)
        _ = try folder.program(["run", "--site", "plant"])
        _ = try folder.program(["run", "--site", "plant"], at: "2026-03-02T15:00:00Z")
        // 39 steps of three and of two pieces.
        let books = try folder.program(["reconcile", "--site", "plant", "--json"]).output
        #expect(books.contains(#""order":"4711""#) && books.contains(#""counted":117,"booked":117"#), "\(books)")
        #expect(books.contains(#""counted":78,"booked":78"#), "\(books)")
    }

    @Test func `a machine is known by few words that come again and again, and what is no count is told`() throws {
        let folder = try OperatorSite()
        var text = "at;Isla;Golpes\n"
        for minute in 10..<40 {
            text += "2026-03-02T06:\(minute):00Z;IM-0\(minute % 2 + 1);\((minute % 2) * 5_000 + minute * 3)\n"
        }
        try folder.write("golpes.csv", text)
        try folder.write(
            "dots.csv", "time,machine,counter\n2026-03-02T06:00:00Z,M1,22.500\n2026-03-02T07:00:00Z,M1,22.530\n")
        try folder.write("notes.csv", "Nota,Quien\nfuga,Ana\nnada,Luis\n")

        let made = try folder.program(["init", "plant", "--from", "golpes.csv", "--zone", "UTC"])
        #expect(made.output.contains("its few words come again and again: taken for the machine; look"), "\(made)")
        let mapping = try String(contentsOfFile: folder.path("plant/mappings/golpes-counts.yaml"), encoding: .utf8)
        #expect(mapping.contains("equipment: Isla\n") && mapping.contains("{counter: Golpes,"), "\(mapping)")

        let dots = try folder.program(["init", "dots", "--from", "dots.csv", "--zone", "UTC"])
        #expect(dots.output.contains("its dots may part thousands, not decimals: look"), "\(dots)")

        let none = try folder.program(["init", "notes", "--from", "notes.csv", "--zone", "UTC"])
        #expect(none.code == 1 && none.errors.contains("'Nota' looks like text, 'Quien' looks like text"), "\(none)")
    }

    @Test func `the same findings come from a test of the connector, which keeps nothing`() throws {
        let folder = try OperatorSite()
        try folder.write("export.csv", Self.counters())
        let made = try folder.program(["init", "plant", "--from", "export.csv", "--zone", "UTC"])

        let tested = try folder.program(["connector", "test", "--site", "plant"])

        let findings = made.output.split(separator: "\n").filter { $0.contains("  ") || $0.hasPrefix("- ") }.prefix(10)
        for line in findings { #expect(tested.output.contains(line), "\(line)") }
        #expect(try folder.program(["connector", "list", "--site", "plant"]).output.contains("never"))
    }

    @Test func `amounts with a decimal comma, a ticket and Windows' letters are seen as such`() throws {
        let folder = try OperatorSite()
        var bytes = Array("Ticket;Zeit;Auftrag;Artikel;Menge\n".utf8)
        for row in 1...9 {
            bytes += Array("T\(row);02.03.2026 06:0\(row):00;4711;H".utf8) + [0xFC] + Array("lse;\(row),5\n".utf8)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path("boxes.csv")))

        #expect(try folder.program(["init", "plant", "--from", "boxes.csv"]).code == 0)

        let site = try String(contentsOfFile: folder.path("plant/millrace.yaml"), encoding: .utf8)
        let mapping = try String(contentsOfFile: folder.path("plant/mappings/boxes-counts.yaml"), encoding: .utf8)
        #expect(site.contains("encoding: windows-1252"), "\(site)")
        #expect(mapping.contains("same-when: [Ticket]\n"), "\(mapping)")
        #expect(mapping.contains("good:      {increment: Menge, decimal-comma: true}"), "\(mapping)")
        #expect(try folder.program(["check", "--site", "plant"]).code == 0)
    }

    @Test func `what is no source says why, and no site is made`() throws {
        let folder = try OperatorSite()
        try folder.write("empty.csv", "")
        try folder.write("notes.txt", "name,colour\nanna,blue\nbert,red\n")

        let missing = try folder.program(["init", "p", "--from", "nothing.csv"])
        let empty = try folder.program(["init", "p", "--from", "empty.csv"])
        let notes = try folder.program(["init", "p", "--from", "notes.txt"])
        let agent = try folder.program(["init", "p", "--from", "http://127.0.0.1:\(unusedPort())/"])

        #expect(missing.code == 5 && missing.errors == "millrace: 'nothing.csv' is not there; no site was made\n")
        #expect(empty.code == 5 && empty.errors.contains("is empty or no text"), "\(empty)")
        #expect(notes.code == 1 && notes.errors.contains("nothing in 'notes.txt' looks like a count"), "\(notes)")
        #expect(agent.code == 5 && agent.errors.contains("no site was made"), "\(agent)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("p")))
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `a real machine's document becomes counts and stops that check`() throws {
        let folder = try OperatorSite()
        let bytes = try #require(SharedData.bytes("testdata/mtconnect/ladder99/mazak-current.xml"))
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path("mazak.xml")))

        #expect(try folder.program(["init", "plant", "--from", "mazak.xml"], at: nil).code == 0)

        let counts = try String(contentsOfFile: folder.path("plant/mappings/mazak-counts.yaml"), encoding: .utf8)
        #expect(counts.contains("parts: {type: PART_COUNT}"), "\(counts)")
        #expect(try folder.program(["check", "--site", "plant"]).code == 0)
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `a real machine's log becomes counts and stops of the signals that its keys name`() throws {
        let folder = try OperatorSite()
        let log = "testdata/mtconnect/nist-smstestbed/Hurco01-20170809-20170810.txt"
        try Data(try #require(SharedData.bytes(log))).write(
            to: URL(fileURLWithPath: folder.path("Hurco01-20170809.txt")))

        #expect(try folder.program(["init", "plant", "--from", "Hurco*.txt", "--zone", "UTC"], at: nil).code == 0)

        let counts = try String(contentsOfFile: folder.path("plant/mappings/hurco-counts.yaml"), encoding: .utf8)
        #expect(counts.contains("parts: {key: Part_Count}") && counts.contains("{value: HURCO}"), "\(counts)")
        let stops = try String(contentsOfFile: folder.path("plant/mappings/hurco-stops.yaml"), encoding: .utf8)
        #expect(stops.contains("execution: {key: Program_Status}"), "\(stops)")
        #expect(stops.contains("{when: 'execution in [\"ACTIVE\"]', class: producing}"), "\(stops)")
        #expect(try folder.program(["check", "--site", "plant"]).code == 0)
        #expect(try folder.program(["run", "--pull-only", "--site", "plant"]).code == 0)
        let report = try folder.program([
            "report", "equipment", "--site", "plant", "--from", "2017-08-01", "--to", "2017-08-31",
        ])
        #expect(report.output.contains("HURCO"), "\(report)")
    }

    @Test func `a folder, a pattern and what an agent says of a machine are told apart`() throws {
        let folder = try OperatorSite()
        try folder.write("logs/a.csv", "time,good\n2026-03-02T06:00:00Z,4\n")
        try folder.write("probe.xml", "<?xml version=\"1.0\"?><MTConnectDevices></MTConnectDevices>")

        let whole = try folder.program(["init", "p", "--from", "logs"])
        let none = try folder.program(["init", "p", "--from", "logs/*.txt"])
        let probe = try folder.program(["init", "p", "--from", "probe.xml"], at: nil)
        #expect(whole.code == 5 && whole.errors.contains("is a folder; name a file of it, or several with"), "\(whole)")
        #expect(whole.errors.contains("/logs/*.csv'"), "\(whole)")
        #expect(none.code == 5 && none.errors.contains("is no file, and no files have such names"), "\(none)")
        #expect(probe.code == 1 && probe.errors.contains("what a machine can tell and not what it tells"), "\(probe)")
        #expect(try folder.program(["init", "p", "--from", "logs/*.csv"], at: nil).code == 0)
    }

    @Test func `a ready-made mapping is copied whole, once`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")
        #expect(try site.program(["map", "copy", "mtconnect-stops"]).code == 0)
        #expect(try site.program(["map", "copy", "mtconnect-stops"]).code == 2)
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        for (name, text) in ReadyMappings.texts {
            #expect(try String(contentsOfFile: "\(root)/mappings/\(name).yaml", encoding: .utf8) == text, "\(name)")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: root + "/mappings").filter {
            $0.hasSuffix(".yaml")
        }
        #expect(files.count == ReadyMappings.texts.count)
    }
}
