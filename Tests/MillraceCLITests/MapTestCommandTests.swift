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
        let folder = try #require(SharedData.folder) + "/examples"
        let files = Self.files(in: folder).filter { !$0.hasSuffix("/millrace.yaml") }

        #expect(files.count == 6)
        for file in files { #expect(await Millrace.run(["map", "test", "--quiet", file]) == 0, "\(file)") }
    }

    @Test
    func `a failing test ends with 1, a faulty file with 10`() async throws {
        var template = Array("/tmp/millrace-map-XXXXXX".utf8CString)
        let made: UnsafeMutablePointer<CChar>? = mkdtemp(&template)
        _ = try #require(made)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = folder + "/m.yaml"
        defer {
            unlink(file)
            rmdir(folder)
        }
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

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
