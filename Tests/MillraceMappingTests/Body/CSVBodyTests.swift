import MillraceMapping
import MillraceValues
import Testing

@Suite("Document mapping: CSV bodies")
struct CSVBodyTests {
    private static let fields = """
        fields:
          Auftrag: order
          Menge: {from: good, type: decimal, digits: 9, scale: 3}
          Text: shift
          At: {fields: {Tag: production-day}}
        """

    /// The rows of a text as our own reader finds them.
    private func rows(_ text: [UInt8], _ dialect: CSVDialect) -> [[String]] {
        var splitter = CSVSplitter(dialect: dialect)
        var (buffer, offset, fields, rows): ([UInt8], Int, [FieldSpan], [[String]]) = (text, 0, [], [])
        while true {
            switch splitter.next(in: &buffer, from: &offset, atEnd: true, fields: &fields) {
            case .row: rows.append(fields.map { $0.text(in: buffer) })
            case .fault(let fault): rows.append(["fault: \(fault)"])
            case .end, .needsMore: return rows
            }
        }
    }

    @Test func `R19: a header and a row, columns in the order of the fields`() throws {
        let written = try BodySite().written("body: {csv: {}}\n" + Self.fields)

        #expect(written.contentType == "text/csv; charset=utf-8")
        #expect(
            String(decoding: written.bytes, as: UTF8.self)
                == "Auftrag,Menge,Text,At.Tag\r\n4711,40.000,early,2026-03-02\r\n")
        #expect(try BodySite().written("body: {csv: {}}\n" + Self.fields) == written)
    }

    @Test func `columns in another order, semicolons, decimal comma, LF, no header`() throws {
        #expect(
            try BodySite().text(
                """
                body:
                  csv:
                    columns: [Menge, Auftrag, At.Tag, Text]
                    delimiter: ";"
                    header: false
                    decimal-comma: true
                    line-end: lf

                """ + Self.fields) == "40,000;4711;2026-03-02;early\n")
    }

    @Test func `a number with a comma between commas is quoted, and texts keep their points`() throws {
        #expect(
            try BodySite().text("body: {csv: {header: false, decimal-comma: true}}\n" + Self.fields) {
                $0["shift"] = "1.5"
            } == "4711,\"40,000\",1.5,2026-03-02\r\n")
    }

    @Test func `a column stays where its field is missing`() throws {
        #expect(
            try BodySite().text(
                "body: {csv: {}}\nfields: {a: order, b: {expr: '$lookup({}, \"x\")', missing: none}, c: good}")
                == "a,b,c\r\n4711,,40.000\r\n")
        #expect(
            try BodySite().text(
                "body: {csv: {header: false}}\nfields: {b: {expr: '$lookup({}, \"x\")', missing: none}}")
                == "\"\"\r\n")
    }

    @Test func `all fields in quotes, and another quote`() throws {
        #expect(
            try BodySite().text("body: {csv: {quoted: always, quote: \"'\"}}\nfields: {a: order, b: shift}") {
                $0["shift"] = "it's"
            } == "'a','b'\r\n'4711','it''s'\r\n")
    }

    @Test(arguments: ["", "a;b", "say \"so\"", "two\nlines", "cr\r\nlf", " blanks ", "\t", "é😀", "'", "\u{FEFF}x"])
    func `a text comes back through our own reader as it was`(text: String) throws {
        for (dialect, word) in [(CSVDialect.comma, ","), (.semicolon, ";"), (.tab, "\\t")] {
            let bytes = try BodySite().written(
                "body: {csv: {delimiter: \"\(word)\"}}\nfields: {a: shift, b: order}"
            ) { $0["shift"] = .string(text) }.bytes

            #expect(rows(bytes, dialect) == [["a", "b"], [text, "4711"]])
        }
    }

    @Test func `a control character, and what would need quotes where there are none, park with the field's name`()
        throws
    {
        let control = try #require(
            BodySite().fault("body: {csv: {}}\n" + Self.fields) { $0["shift"] = "a\u{7}" })
        #expect(control.field == "Text")
        #expect(control.code == "format")
        #expect(
            control.description
                == "'Text' holds a control character, which CSV should not; clean it in the mapping (mappings/out.yaml:8:3)"
        )

        let bare = try #require(
            BodySite().fault("body: {csv: {quote: \"\", delimiter: \";\"}}\n" + Self.fields) { $0["shift"] = "a;b" })
        #expect(
            bare.sentence
                == "'Text' would need quotes (it holds a delimiter, a line break or a blank at its end), and 'quote' says none"
        )
    }

    @Test func `faults of the section stand at their places, all at once`() throws {
        let found = try BodySite().faults(
            """
            body:
              csv:
                columns: [Auftrag, Mange, Auftrag]
                delimiter: ";;"
                quoted: sometimes
                line-end: cr
            fields: {Auftrag: order, Menge: good, L: {fields: [{a: order}]}}
            """)
        #expect(
            found == [
                "3:5 MR005 the field 'Menge' is in no column; add it to 'columns', or take the field away",
                "3:24 MR013 there is no field 'Mange'; did you mean 'Menge'?",
                "3:31 MR002 the column 'Auftrag' stands twice",
                "4:16 MR008 'delimiter' and 'quote' are two different characters of ASCII, such as \";\" and '\"'; \"\" as quote is none",
                "5:13 MR007 'quoted' is one of where-needed, always, not 'sometimes'",
                "6:15 MR007 'line-end' is one of crlf, lf, not 'cr'",
                "7:39 MR025 'L' is a list, which a row of CSV cannot hold",
            ])
    }
}
