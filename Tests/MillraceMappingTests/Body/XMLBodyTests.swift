import MillraceMapping
import MillraceValues
import Testing

@Suite("Document mapping: XML bodies")
struct XMLBodyTests {
    private static let whole = """
        body:
          xml:
            root: Confirmation
            namespace: http://erp.example/confirm
            namespaces: {x: "http://erp.example/extra?a=1&b=2"}
        fields:
          "@id": key
          Order:
            fields:
              "@plant": {value: P01}
              "#text": order
          x:Yield: {fields: {"@x:unit": {value: EA}, "#text": good}}
          Line:
            fields:
              - {Kind: {value: good}, Amount: good}
              - {Kind: {value: scrap}, Amount: {from: scrap, type: decimal, digits: 9, scale: 3}}
          Note: shift
        """

    @Test func `R19: elements, attributes, texts, namespaces and lists, in the order they are written`() throws {
        let written = try BodySite().written(Self.whole)

        #expect(written.contentType == "application/xml; charset=utf-8")
        #expect(
            String(decoding: written.bytes, as: UTF8.self)
                == #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
                + #"<Confirmation xmlns="http://erp.example/confirm" xmlns:x="http://erp.example/extra?a=1&amp;b=2" id="k/r1">"#
                + #"<Order plant="P01">4711</Order><x:Yield x:unit="EA">40.000</x:Yield>"#
                + "<Line><Kind>good</Kind><Amount>40.000</Amount></Line>"
                + "<Line><Kind>scrap</Kind><Amount>2.000</Amount></Line><Note>early</Note></Confirmation>\n")
        #expect(try BodySite().written(Self.whole) == written)
    }

    @Test func `our own reader finds the names in their namespaces`() throws {
        let lines = try ElementRecorder.lines(try BodySite().written(Self.whole).bytes)

        #expect(
            lines == [
                "{http://erp.example/confirm}Confirmation id=k/r1", "{http://erp.example/confirm}Order plant=P01",
                "'4711'", "{http://erp.example/extra?a=1&b=2}Yield unit=EA", "'40.000'",
                "{http://erp.example/confirm}Line", "{http://erp.example/confirm}Kind", "'good'",
                "{http://erp.example/confirm}Amount", "'40.000'", "{http://erp.example/confirm}Line",
                "{http://erp.example/confirm}Kind", "'scrap'", "{http://erp.example/confirm}Amount", "'2.000'",
                "{http://erp.example/confirm}Note", "'early'",
            ])
    }

    @Test func `without a declaration and with lines of its own where it is asked for`() throws {
        #expect(
            try BodySite().text(
                """
                body: {xml: {root: a, declaration: false, indent: 2}, content-type: text/xml}
                fields: {b: {fields: {c: order, d: {fields: {"@e": good}}}}, f: {value: ""}}
                """) == "<a>\n  <b>\n    <c>4711</c>\n    <d e=\"40.000\"/>\n  </b>\n  <f></f>\n</a>\n")
    }

    @Test(arguments: [
        "plain", "&<>\"'", "]]>", "a\r\nb\tc\n", " blanks ", "é e\u{301} 😀", "&amp;", "{key}", "\u{85}\u{2028}", "",
    ])
    func `a text comes back as it was, in an element and in an attribute`(text: String) throws {
        let bytes = try BodySite().written(
            """
            body: {xml: {root: a}}
            fields: {"@b": shift, c: shift}
            """
        ) { $0["shift"] = .string(text) }.bytes

        #expect(try ElementRecorder.lines(bytes) == ["{}a b=\(text)", "{}c"] + (text.isEmpty ? [] : ["'\(text)'"]))
    }

    @Test func `characters are escaped where XML wants it`() throws {
        #expect(
            try BodySite().text("body: {xml: {root: a, declaration: false}}\nfields: {\"@b\": shift, c: shift}") {
                $0["shift"] = "&<>\"'\n"
            } == "<a b=\"&amp;&lt;&gt;&quot;'&#10;\"><c>&amp;&lt;&gt;\"'\n</c></a>\n")
    }

    @Test(arguments: ["\u{0}", "a\u{1}", "\u{1B}[0m", "\u{FFFE}"])
    func `a control character parks the document with the field's name and place`(text: String) throws {
        let fault = try #require(
            BodySite().fault("body: {xml: {root: a}}\nfields:\n  Order:\n    fields: {\"@id\": shift}\n") {
                $0["shift"] = .string(text)
            })

        #expect(fault.code == "format")
        #expect(fault.field == "Order.@id")
        #expect(
            fault.description
                == "'Order.@id' holds a control character, which XML cannot; clean it in the mapping (mappings/out.yaml:7:14)"
        )
    }

    @Test func `numbers keep every digit`() throws {
        #expect(
            try BodySite().text("body: {xml: {root: a, declaration: false}}\nfields: {b: good, c: scrap}") {
                $0["good"] = .numeral("12345678901234567890.500")
                $0["scrap"] = 9_007_199_254_740_993
            } == "<a><b>12345678901234567890.500</b><c>9007199254740993</c></a>\n")
    }

    @Test func `what an expression makes is written the same way, and what XML cannot hold is named`() throws {
        let made =
            "body: {xml: {root: a, declaration: false}}\nfields: {L: {expr: '[1..2].{\"@n\": $, \"#text\": \"t\"}'}}"
        #expect(try BodySite().text(made) == "<a><L n=\"1\">t</L><L n=\"2\">t</L></a>\n")

        let bad = try #require(
            BodySite().fault("body: {xml: {root: a}}\nfields: {L: {expr: '{\"a b\": 1}'}}"))
        #expect(bad.sentence == "'a b' is no name for an XML element; rename the member or use json")
        #expect(bad.field == "L.a b")
        #expect(bad.place == "mappings/out.yaml:5:10")
        let mixed = try #require(
            BodySite().fault("body: {xml: {root: a}}\nfields: {L: {expr: '{\"#text\": 1, \"b\": 2}'}}"))
        #expect(mixed.sentence == "an element has text or elements, and 'L' has both '#text' and 'b'; drop one")
    }

    @Test func `faults of the section and of names stand at their places, all at once`() throws {
        let found = try BodySite().faults(
            """
            body:
              xml: {root: "1", namespaces: {xmlns: "u"}, indent: 9, shema: x}
              content-type: xml
            fields:
              y:Order: order
              "@b c": order
              "@d": {fields: {e: order}}
              F: {fields: {"#text": order, G: order}}
            """)
        #expect(
            found == [
                "2:15 MR008 '1' is no name for an XML element; rename the member or use json",
                "2:33 MR008 'xmlns' is no prefix: a letter, then letters, digits, '-', '.' and '_'; not xml…",
                "2:54 MR008 'indent' has to be a whole number from 0 to 8",
                "2:57 MR004 'xml' has no key 'shema'; did you mean 'schema'?",
                "3:17 MR008 'xml' is no media type, such as text/xml; charset=utf-8",
                "5:3 MR008 'y:Order' has the prefix 'y', which 'namespaces' does not declare; add it there",
                "6:3 MR008 'b c' is no name for an XML attribute; rename the member or use json",
                "7:3 MR025 '@d' is an attribute and has no fields",
                "8:32 MR025 an element has text or elements, and this has both '#text' and 'G'; drop one",
            ])
        #expect(
            try BodySite().faults("body: {}\nfields: {a: order}") == [
                "1:7 MR010 'body' needs exactly one of 'xml' and 'csv'; leave it out for what the endpoint writes by itself"
            ])
    }
}
