import Foundation
import MillraceTesting
import Testing

@testable import MillraceCLI

/// Bodies in the partner's form, from readings to the file that is put down, by the built program.
@Suite("Bodies in XML and CSV, through the program", .serialized)
struct BodyFormTests {
    private static let xsd = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:erp" elementFormDefault="qualified">
          <xs:element name="Confirmation"><xs:complexType><xs:sequence>
            <xs:element name="Order"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="MOST"/></xs:restriction></xs:simpleType></xs:element>
            <xs:element name="Yield" type="xs:decimal"/>
          </xs:sequence><xs:attribute name="key" use="required"/></xs:complexType></xs:element>
        </xs:schema>
        """

    /// A site with rows of two orders, the second's name long, and files of the partner's form.
    private func site(_ mapping: String, ending: String) throws -> OperatorSite {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")
        let file = try String(contentsOfFile: site.path("millrace.yaml"), encoding: .utf8)
        try site.write(
            "millrace.yaml",
            file + """

                  partner:
                    file: {folder: out, name: "{key}.\(ending)"}
                    requests: {event: {quantity: delta, correct: by-hand}}
                """)
        try site.write(
            "mappings/confirmation.yaml",
            """
            mapping: confirmation
            from: {fact: production-count, per: [order], window: {every: 15 min}, close: {settle: 1 min, at-latest: 24 h}}
            to: {endpoint: partner, request: event}

            """ + mapping)
        try site.write(
            "drop/a.csv",
            "time,machine,order,good\n2026-03-02T06:00:00Z,M1,4711,2\n2026-03-02T06:01:00Z,M1,4711-EXTRA,3\n"
                + "2026-03-02T07:00:00Z,M1,4711,1\n")
        return site
    }

    private func files(_ site: OperatorSite) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: site.path("out")).sorted().map {
            try String(contentsOfFile: site.path("out/\($0)"), encoding: .utf8)
        }
    }

    @Test
    func `what the schema allows is put down, what it does not is parked, and goes out once the schema is mended`()
        throws
    {
        let site = try site(
            """
            body: {xml: {root: Confirmation, namespace: "urn:erp", schema: ../xsd/confirmation.xsd}}
            fields: {"@key": key, Order: order, Yield: good}
            """, ending: "xml")
        #expect(try site.program(["check"]).code == 10)
        try site.write("xsd/confirmation.xsd", Self.xsd.replacing("MOST", with: "4"))
        #expect(try site.program(["check"]).code == 0)

        let run = try site.program(["run"])
        #expect(run.code == 3, "\(run)")
        let (first, second) = (try files(site).first ?? "", try files(site).last ?? "")
        #expect(first.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Confirmation xmlns=\"urn:erp\" key=\""))
        #expect((first + second).contains("<Order>4711</Order><Yield>2</Yield></Confirmation>\n"))
        let list = try site.program(["queue", "list"])
        #expect(list.output.contains("schema"))
        #expect(
            list.output.contains(
                "the document is not as xsd/confirmation.xsd wants it: Element 'Order': [facet 'maxLength'] The value has a length of '10'; this exceeds the allowed maximum length of '4', at Order, line 2 of the document (mappings/confirmation.yaml:5:23)"
            ), "\(list)")

        try site.write("xsd/confirmation.xsd", Self.xsd.replacing("MOST", with: "12"))
        let remap = try site.program(["queue", "remap", "--cause", "schema", "--reason", "longer orders", "--yes"])
        #expect(remap.code == 0, "\(remap)")
        #expect(remap.output.contains("Order: none → 4711-EXTRA"), "\(remap)")
        let after = try site.program(["run"])
        #expect(after.code == 0, "\(after)")
        #expect(try files(site).contains { $0.contains("<Order>4711-EXTRA</Order>") })
        let shown = try site.program(["queue", "export", "--state", "done"])
        #expect(shown.output.contains(#""content-type":"application/xml; charset=utf-8""#))
    }

    @Test func `a row for each document, and a person reads it by its lines`() throws {
        let site = try site(
            """
            body: {csv: {delimiter: ";", decimal-comma: true}}
            fields: {Auftrag: order, Menge: {from: good, type: decimal, scale: 1}}
            """, ending: "csv")

        let run = try site.program(["run"])
        #expect(run.code == 0, "\(run)")
        #expect(try files(site).contains("Auftrag;Menge\r\n4711-EXTRA;3,0\r\n"))
        let preview = try site.program(["map", "preview", "confirmation"])
        #expect(preview.code == 0, "\(preview)")
    }

    @Test func `XML is laid out for a person, repeated elements are told apart`() {
        let body = Array(
            "<?xml version=\"1.0\"?>\n<a k=\"1\"><b><c>x</c><d/></b><b e=\"2\" f=\"&lt;\"><c>y</c></b></a>\n".utf8)

        #expect(
            BodyText.lines(body) == [
                "<?xml version=\"1.0\"?>", "<a k=\"1\">", "  <b>", "    <c>x</c>", "    <d/>", "  </b>",
                "  <b e=\"2\" f=\"&lt;\">", "    <c>y</c>", "  </b>", "</a>",
            ])
        #expect(
            BodyText.members(body).map { "\($0.name)=\($0.text)" } == [
                "@k=1", "b.c=x", "b.d=", "b[2].@e=2", "b[2].@f=&lt;", "b[2].c=y",
            ])
    }
}
