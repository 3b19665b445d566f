import MillraceYAML
import Testing

@Suite("YAML files")
struct YAMLFileTests {
    private func read(_ text: String) -> (node: MarkedNode?, faults: [String]) {
        let faults = DiagnosticList(SourceText(file: "f.yaml", text: text))
        let node = YAMLFile.read(faults)
        return (node, faults.sorted.map { "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)" })
    }

    @Test(arguments: ["NO", "on", "0012", "12:30", "1e3", "0x1F", "2026-03-02", "null", "~"])
    func `scalars stay what was written`(text: String) {
        #expect(read("a: \(text)\n").node?["a"]?.text == text)
    }

    @Test func `a key that stands twice is reported where it stands again, and other faults are found too`() {
        let (node, faults) = read("a: 1\nb:\n  'x y': 1\n  z: 2\n  x y: 3\na: 2\na: 3\n")

        #expect(node?["a"]?.text == "1")
        #expect(node?["b"]?["x y"]?.text == "1")
        #expect(
            faults == [
                "5:3 MR002 the key 'x y' stands twice, first on line 3; keep one",
                "6:1 MR002 the key 'a' stands twice, first on line 1; keep one",
                "7:1 MR002 the key 'a' stands twice, first on line 1; keep one",
            ])
    }

    @Test func `a text that is no YAML is reported with its place`() {
        let (node, faults) = read("a: [1, 2\nb: 3\n")

        #expect(node == nil)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("2:") == true)
    }

    @Test(arguments: [
        (
            "a:\n\tb: 1\n",
            "2:1 MR001 the YAML cannot be read here: a tab stands before the text; YAML takes blanks only"
        ),
        (
            "a: {b: |\n  c}\n",
            "1:8 MR001 the YAML cannot be read here: a text that begins with '|' has lines of its own and cannot stand in braces or brackets; write them as lines, too, or put the text in quotes"
        ),
        (
            "a: `b` = 1\n",
            "1:4 MR001 the YAML cannot be read here: no text begins with '`'; put it in quotes, or write an expression below 'expr: |'"
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1 MR001 the YAML cannot be read here: a second document begins behind '---'; put each into a file of its own"
        ),
    ])
    func `what YAML does not take is told with the way out`(text: String, sentence: String) {
        #expect(read(text).faults == [sentence])
    }

    @Test func `aliases that unfold without bound are refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for index in 1...9 {
            let list = Array(repeating: "*a\(index - 1)", count: 10).joined(separator: ", ")
            text += "a\(index): &a\(index) [\(list)]\n"
        }

        let (node, faults) = read(text)

        #expect(node == nil)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("MR003 the file unfolds to more than 50000 nodes") == true)
    }

    @Test func `nesting without bound is refused`() {
        let (node, faults) = read(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))

        #expect(node == nil)
        #expect(faults.first?.contains("MR003") == true)
    }

    @Test func `a message shows the line and a caret under the place`() {
        let faults = DiagnosticList(SourceText(file: "m.yaml", text: "a: 1\n\tbé: x\n"))
        faults.error(.unknownKey, at: SourceMark(line: 2, column: 6), "no")

        #expect(faults.sorted.map(\.description) == ["m.yaml:2:6: error MR004: no\n\tbé: x\n\t    ^"])
    }

    @Test(
        arguments: [
            ("a: b = 1\n", 6), ("a: \"b = 1\"\n", 7), ("a: 'it''s = 1'\n", 11), ("a: \"b\\\" = 1\"\n", 4),
        ])
    func `a place within a scalar is the place in the file`(text: String, column: Int) throws {
        let source = SourceText(file: "f", text: text)
        let node = try #require(read(text).node?["a"])
        let offset = text.contains("it") ? 5 : 2

        #expect(node.mark(at: offset, in: source) == SourceMark(line: 1, column: column))
    }

    @Test func `a place within a block is the place in the file`() throws {
        let text = "a: |\n   x = 1\n   and y\n"
        let node = try #require(read(text).node?["a"])

        #expect(node.mark(at: 10, in: SourceText(file: "f", text: text)) == SourceMark(line: 3, column: 8))
    }

    @Test(arguments: [("moduls", "modulus"), ("evidense", "evidence"), ("formt", "format"), ("qunatity", "quantity")])
    func `the word that was probably meant is found`(slip: String, word: String) {
        #expect(Suggestion.nearest(to: slip, among: ["modulus", "evidence", "format", "zero", "quantity"]) == word)
    }

    @Test func `a word far from all others has no suggestion`() {
        #expect(Suggestion.nearest(to: "abcdef", among: ["modulus", "zero"]) == nil)
    }
}
