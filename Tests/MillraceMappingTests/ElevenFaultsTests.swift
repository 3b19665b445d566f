import MillraceMapping
import MillraceTesting
import MillraceYAML
import Testing

@Suite("All faults of a file at once")
struct ElevenFaultsTests {
    @Test func `a mapping with eleven mistakes reports eleven, each with its line, column and sentence`() throws {
        let text = try Fixture.text("eleven.yaml")

        let parsed = try TestSite().parse(text, file: "mappings/eleven.yaml")

        let printed = parsed.diagnostics.map { "\($0)\n" }.joined()
        #expect(parsed.mapping == nil)
        #expect(parsed.diagnostics.count == 11)
        #expect(printed == (try Fixture.text("eleven.expected.txt")), "found:\n\(printed)")
    }
}
