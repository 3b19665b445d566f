import MillraceXML
import Testing

@Suite("XML push parser")
struct XMLPushParserTests {
    private let sample = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- <a b="=" -->
        <s:Streams xmlns:s="urn:s" xmlns="urn:d" at='1 &amp; 2 &#38; &#60;3&quot;'><Part id="p&amp;#38;1">4&amp;<![CDATA[<2>]]>&#x41;ä</Part>x<Empty/>y</s:Streams>
        """

    @Test(arguments: [1, 2, 3, 7, 64, Int.max])
    func `a document gives the same steps in pieces of any size`(pieces: Int) throws {
        let lines = try record(Array(sample.utf8), pieces: pieces)

        #expect(
            lines == [
                "0 <Streams at=1 & 2 & <3\"", "1 <Part id=p&#38;1", "1 leaf Part '4&<2>Aä'", "1 <Empty after 'x'",
                "1 leaf Empty ''", "0 node Streams 'y'",
            ])
    }

    @Test func `listed names come as their numbers, and attributes are found by them`() throws {
        let names = ["Part", "id", "urn:d", "href", "missing"]
        final class Reader: XMLHandler {
            var seen: [String] = []
            func startElement(_ tag: XMLTag) throws(XMLFault) {
                seen.append("\(tag.name) \(tag.namespace) \(tag.attributeCount) \(tag.attributeName(at: 0))")
                seen.append("\(tag.string(of: 1) ?? "-") \(tag.string(of: 3) ?? "-") \(tag.string(of: 4) ?? "-")")
                seen.append(tag.namespaceName)
            }
            func endElement(_ tag: XMLTag) throws(XMLFault) { seen.append("/\(tag.name)") }
        }
        let reader = Reader()
        let parser = XMLPushParser(names: XMLNames(names), handler: reader)

        try parser.feed(Array("<Part xmlns='urn:d' xmlns:x='urn:x' x:href='no' id='7'><Other id='8'/></Part>".utf8))
        try parser.finish()

        #expect(
            reader.seen == ["0 2 2 3", "7 - -", "urn:d", "-1 2 1 1", "8 - -", "urn:d", "/-1", "/0"])
    }

    @Test func `a fault of the handler ends the document at its place`() throws {
        let recorder = XMLRecorder()
        recorder.refused = "b"

        let fault = #expect(throws: XMLFault.self) {
            try record(Array("<a>\n  <x/><b/>\n<c/></a>".utf8), with: recorder)
        }

        #expect(fault?.kind == .content)
        #expect(fault?.line == 2)
        #expect(fault?.description.hasSuffix(": 'b' is not wanted") == true)
        #expect(recorder.lines.last == "1 leaf x ''")
    }

    @Test(arguments: [
        ("<a><b></a>", "line 1, column 11: Opening and ending tag mismatch: b line 1 and a"),
        ("<a>\n&nbsp;</a>", "line 2, column 7: Entity 'nbsp' not defined"),
        ("", "line 1, column 1: the document is empty"),
        ("<a/>\n<b/>", "line 2, column 1: Extra content at the end of the document"),
        ("<a x='1' x='2'/>", "line 1, column 15: Attribute x redefined"),
        ("<a>", "line 1, column 4: the document breaks off"),
    ])
    func `a malformed document is refused with its place, and stays refused`(text: String, sentence: String) {
        let parser = XMLPushParser(names: XMLNames([]), handler: XMLRecorder())
        let fault = #expect(throws: XMLFault.self) {
            try parser.feed(Array(text.utf8))
            try parser.finish()
        }

        #expect(fault?.kind == .malformed)
        #expect(fault?.description == sentence)
        let again = #expect(throws: XMLFault.self) { try parser.feed([0x20]) }
        #expect(again == fault)
    }

    @Test(arguments: [1, Int.max])
    func `a document type is refused with its line`(pieces: Int) {
        let text =
            "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>"

        let fault = faultOf(Array(text.utf8), pieces: pieces)

        #expect(fault?.kind == .documentType)
        #expect(fault?.line == 3)
        #expect(fault?.message == "a document type declaration (<!DOCTYPE) is not allowed")
    }

    @Test(arguments: ["UTF-7", "EBCDIC-CP-US", "UTF-32", "UTF-16LE", "Shift_JIS", "no-such-thing"])
    func `an encoding in which tags can hide is refused`(name: String) {
        let fault = faultOf(Array("<?xml version='1.0' encoding='\(name)'?><a/>".utf8))

        #expect(fault != nil)
        #expect(fault?.line == 1)
    }

    @Test(arguments: [1, 2, 3, 5, Int.max], [true, false])
    func `UTF-16 is read in both byte orders, its tags counted like others`(pieces: Int, isLittle: Bool) throws {
        func wide(_ text: String) -> [UInt8] {
            ("\u{FEFF}" + text).utf16.flatMap { unit in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return isLittle ? [low, high] : [high, low]
            }
        }
        // Characters whose halves look like < = " > in one order or the other.
        let text = "<a b='\u{3C00}\u{2200}\u{3D3D}'>\u{3E3C}\u{1F600}<c/></a>"
        let many = (0..<300).map { "a\($0)=''" }.joined(separator: " ")

        #expect(
            try record(wide(text), pieces: pieces) == [
                "0 <a b=\u{3C00}\u{2200}\u{3D3D}", "1 <c after '\u{3E3C}\u{1F600}'", "1 leaf c ''", "0 node a ''",
            ])
        #expect(faultOf(wide("<a><b \(many)/></a>"), pieces: pieces)?.kind == .limit)
        #expect(faultOf(wide("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), pieces: pieces)?.kind == .encoding)
    }
}

@Suite("XML push parser: limits")
struct XMLPushParserLimitTests {
    @Test func `256 attributes pass, one more is refused at the place of its element`() throws {
        func element(_ count: Int) -> [UInt8] {
            Array("<r>\n<e \((0..<count).map { "a\($0)='='" }.joined(separator: " "))/></r>".utf8)
        }

        #expect(faultOf(element(256)) == nil)
        let fault = try #require(faultOf(element(257)))
        #expect(fault == faultOf(element(257), pieces: 10))
        #expect(fault.kind == .limit)
        #expect(fault.description == "line 2, column 1: an element has more than 256 attributes")
    }

    @Test func `50,000 attributes are refused before they cost anything`() throws {
        let bomb = Array("<r \((0..<50_000).map { "a\($0)=\"1\"" }.joined(separator: " "))/>".utf8)
        let before = cpuSeconds()

        let fault = try #require(faultOf(bomb))

        #expect(fault.kind == .limit)
        #expect(cpuSeconds() - before < 2)
    }

    @Test func `depth, text, tag and whole document have their limits`() throws {
        let limits = XMLLimits(totalBytes: 1000, depth: 3, tagBytes: 100, textBytes: 50)
        func fault(_ text: String, pieces: Int = .max) -> XMLFault? {
            faultOf(Array(text.utf8), limits: limits, pieces: pieces)
        }
        let long = String(repeating: "x", count: 200)

        #expect(fault("<a><b><c/></b></a>") == nil)
        #expect(fault("<a><b><c><d/></c></b></a>")?.message == "elements stand more than 3 deep in one another")
        #expect(fault("<a>\(long)</a>")?.message == "a text is longer than 50 bytes")
        #expect(fault("<a><![CDATA[\(long)]]></a>")?.message == "a text is longer than 50 bytes")
        #expect(fault("<a b='\(long)", pieces: 50)?.message == "a tag or comment is longer than 100 bytes")
        #expect(fault("<a><!--\(long)", pieces: 50)?.message == "a tag or comment is longer than 100 bytes")
        #expect(
            fault("<a>\(String(repeating: "<b/>", count: 300))</a>")?.message
                == "the document is longer than 1000 bytes")
        #expect(fault("<a/>" + String(repeating: " ", count: 1000))?.kind == .limit)
    }

    @Test func `marks inside comments, CDATA and instructions are not counted as attributes`() throws {
        let equals = String(repeating: "a='1' ", count: 300)

        #expect(
            faultOf(Array("<?x \(equals)?><a><!-- <b \(equals) --><![CDATA[<b \(equals)]]> \(equals)</a>".utf8)) == nil)
    }
}
