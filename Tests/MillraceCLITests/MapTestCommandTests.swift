import Glibc
import MillraceTesting
import Testing

@testable import MillraceCLI

@Suite("millrace map test")
struct MapTestCommandTests {
    /// Three folders up from this file.
    private static var root: String {
        String(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/"))
    }

    private static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") { names.append(folder + "/" + name) }
        }
        return names.sorted()
    }

    @Test(arguments: ["mappings", "samples/press-shop/mappings"])
    func `every test of the mappings in this repository passes`(folder: String) async {
        let files = Self.files(in: Self.root + "/" + folder)

        #expect(!files.isEmpty)
        for file in files { #expect(await Millrace.run(["map", "test", "--quiet", file]) == 0, "\(file)") }
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `every test of the examples passes`() async throws {
        let folder = try temporaryFolder()
        mkdir(folder + "/mappings", 0o700)
        mkdir(folder + "/tables", 0o700)
        defer { remove(folder) }
        // The examples name tables of a site; their tests bring their own rows.
        for (table, rows) in [
            ("jobs", "device,program,since,order,operation,material\nP1,O4711,2026-03-01T00:00:00Z,4711,0010,A-1\n"),
            ("reasons", "code,reason\nM12,NO-MATERIAL\n"), ("work-centers", "equipment,erp\nP1,WC-17\n"),
        ] { try write(rows, to: folder + "/tables/\(table).csv") }
        let names = SharedData.names(in: "examples").filter { $0 != "millrace.yaml" }
        for name in names + ["millrace.yaml"] {
            let text = String(decoding: try #require(SharedData.bytes("examples/" + name)), as: UTF8.self)
            try write(text, to: folder + (name == "millrace.yaml" ? "/" : "/mappings/") + name)
        }

        #expect(names.count == 6)
        for name in names {
            #expect(await Millrace.run(["map", "test", "--quiet", folder + "/mappings/" + name]) == 0, "\(name)")
        }
        #expect(await Millrace.run(["map", "test", "--quiet", "--site", folder]) == 0)
    }

    @Test
    func `a failing test ends with 1, a faulty file with 10`() async throws {
        let folder = try temporaryFolder()
        let file = folder + "/m.yaml"
        defer { remove(folder) }
        let mapping = """
            mapping: m
            from: {connector: c}
            to: {fact: production-count}
            fields: {equipment: device, time: time, order: {value: none}, operation: {value: none}, good: {increment: n}}
            tests:
              - {name: t, given: [{device: A, time: "2026-03-02T07:00:00Z", n: "2"}], expect: [{good: 3}]}
            """
        try write(mapping, to: file)
        #expect(await Millrace.run(["map", "test", "--quiet", file]) == 1)
        try write(mapping + "\nwere: x\n", to: file)
        #expect(await Millrace.run(["map", "test", "--quiet", file]) == 10)
        #expect(await Millrace.run(["map", "test", "--quiet", folder + "/none.yaml"]) == 10)
    }

    private static let looked = """
        mapping: looked
        from: {connector: c}
        to: {fact: production-count}
        tables:
          orders: {file: ../tables/orders.csv, key: machine}
        lookup:
          job: {table: orders, by: device, missing: none}
        fields:
          equipment: device
          time: {from: time, type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}
          order: {from: job.order, missing: {value: NOBODY}}
          operation: job.operation
          good: {increment: n}
        same-when: [n]
        tests:
          - name: a row of the table
            given: [{device: A, time: "2026-03-02 07:00:00", n: "2"}]
            expect: [{order: "1", operation: "10", good: 2, shift: early, start: "2026-03-02T06:00:00Z"}]
          - name: what a field says goes before what its look-up says
            given: [{device: B, time: "2026-03-02 07:00:00", n: "2"}]
            expect: [{order: NOBODY, operation: none, good: 2}]
          - name: an empty table is empty
            given: [{device: A, time: "2026-03-02 07:00:00", n: "2"}]
            tables: {orders: []}
            expect: [{order: NOBODY, operation: none, good: 2}]
          - name: rows need not name every column
            given: [{device: A, time: "2026-03-02 07:00:00", n: "2"}]
            tables: {orders: [{machine: A, order: "7"}]}
            expect: [{order: "7", operation: none, good: 2}]
        """

    /// A site in Berlin with a mapping that looks up.
    private func site() throws -> String {
        let folder = try temporaryFolder()
        mkdir(folder + "/mappings", 0o700)
        mkdir(folder + "/tables", 0o700)
        try write(
            """
            site: {id: P01, zone: Europe/Berlin, live-since: 2026-03-01}
            store: {sqlite: millrace.db}
            calendar: {shifts: [{name: early, days: mon-sun, from: "06:00", to: "14:00"}]}
            connectors: {c: {csv: {path: "in/*.csv"}}}
            endpoints: {out: {file: {folder: out, name: "{key}.json"}, requests: {made: {correct: by-hand}}}}
            """, to: folder + "/millrace.yaml")
        try write("machine,order,operation\nA,1,10\n", to: folder + "/tables/orders.csv")
        try write(Self.looked, to: folder + "/mappings/looked.yaml")
        return folder
    }

    @Test
    func `a test's table is the whole table, also an empty one, and a field's missing goes before its look-up's`()
        async throws
    {
        let folder = try site()
        defer { remove(folder) }

        #expect(await Millrace.run(["map", "test", "--site", folder]) == 0)
        #expect(await Millrace.run(["map", "test", "--quiet", "--site", folder, "looked"]) == 0)
        #expect(await Millrace.run(["map", "test", "--quiet", "--site", folder, "lookd"]) == 2)
        // A table that cannot be used fails the test instead of giving way to the real one.
        try write(
            Self.looked.replacing("{orders: []}", with: "{orders: [{machine: A}, {machine: A}]}"),
            to: folder + "/mappings/looked.yaml")
        #expect(await Millrace.run(["map", "test", "--quiet", "--site", folder]) == 1)
    }

    @Test
    func `a fault in one file changes nothing for the tests of another, and one in the site's file is said`()
        async throws
    {
        let folder = try site()
        defer { remove(folder) }
        try write("mapping: other\nfrom: {conector: c}\n", to: folder + "/mappings/other.yaml")
        let file = folder + "/mappings/looked.yaml"

        #expect(await Millrace.run(["map", "test", "--quiet", file]) == 0)
        #expect(await Millrace.run(["map", "test", "--quiet", "--site", folder]) == 10)
        try write("site: {id: P01}\n", to: folder + "/millrace.yaml")
        #expect(await Millrace.run(["map", "test", "--quiet", file]) == 10)
        #expect(await Millrace.run(["map", "coverage", "--quiet", file]) == 10)
    }

    private func temporaryFolder() throws -> String {
        var template = Array("/tmp/millrace-map-XXXXXX".utf8CString)
        let made: UnsafeMutablePointer<CChar>? = mkdtemp(&template)
        _ = try #require(made)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func remove(_ folder: String) {
        for inner in ["/mappings", "/tables", ""] {
            guard let directory = opendir(folder + inner) else { continue }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { unlink(folder + inner + "/" + name) }
            }
            closedir(directory)
            rmdir(folder + inner)
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
