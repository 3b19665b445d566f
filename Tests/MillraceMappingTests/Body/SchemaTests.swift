import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import Testing

@Suite("Document mapping: schemas")
struct SchemaTests {
    private static let xsd = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u" xmlns="u" elementFormDefault="qualified">
          <xs:include schemaLocation="parts/amount.xsd"/>
          <xs:element name="Confirmation"><xs:complexType>
            <xs:sequence>
              <xs:element name="Order" type="xs:string"/>
              <xs:element name="Yield" type="Amount"/>
            </xs:sequence>
            <xs:attribute name="shift"><xs:simpleType><xs:restriction base="xs:string">
              <xs:enumeration value="early"/><xs:enumeration value="late"/>
            </xs:restriction></xs:simpleType></xs:attribute>
          </xs:complexType></xs:element>
        </xs:schema>
        """
    private static let amount = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u" elementFormDefault="qualified">
          <xs:simpleType name="Amount"><xs:restriction base="xs:decimal"><xs:maxInclusive value="1000"/></xs:restriction></xs:simpleType>
        </xs:schema>
        """
    private static let mapping = """
        body: {xml: {root: Confirmation, namespace: u, schema: xsd/confirm.xsd}}
        fields:
          "@shift": shift
          Order: order
          Yield: good
        """

    private func site(_ main: String = xsd, _ part: String? = amount) -> BodySite {
        var site = BodySite(files: ["mappings/xsd/confirm.xsd": main])
        site.files["mappings/xsd/parts/amount.xsd"] = part
        return site
    }

    @Test func `a document that the schema allows is written`() throws {
        let text = try site().text(Self.mapping)

        #expect(
            text.hasSuffix(
                "<Confirmation xmlns=\"u\" shift=\"early\"><Order>4711</Order><Yield>40.000</Yield></Confirmation>\n"))
    }

    @Test func `one that it does not allow parks, with the validator's sentence, element, line and the field's place`()
        throws
    {
        let fault = try #require(site().fault(Self.mapping) { $0["good"] = 1_001 })

        #expect(fault.code == "schema")
        #expect(fault.field == "Yield")
        #expect(
            fault.description
                == "the document is not as mappings/xsd/confirm.xsd wants it: Element 'Yield': [facet 'maxInclusive'] The value '1001' is greater than the maximum value allowed ('1000'), at Yield, line 2 of the document (mappings/out.yaml:8:3)"
        )
        let attribute = try #require(site().fault(Self.mapping) { $0["shift"] = "noon" })
        #expect(attribute.field == "@shift")
    }

    @Test func `the version covers every file of the schema`() throws {
        let before = try site().mapping(Self.mapping)
        let after = try site(Self.xsd, Self.amount.replacing("1000", with: "2000")).mapping(Self.mapping)

        #expect(before.schemaFiles == ["mappings/xsd/confirm.xsd", "mappings/xsd/parts/amount.xsd"])
        #expect(before.version != after.version)
        #expect(before.version == (try site().mapping(Self.mapping)).version)
    }

    @Test func `a test of the file is held to the schema too`() throws {
        let mapping = try site().mapping(
            Self.mapping + """

                tests:
                  - name: too many
                    given: {order: "1", operation: "2", equipment: P1, shift: early, production-day: 2026-03-02, good: 1001}
                    expect: {parked: {field: Yield, code: schema}}
                  - name: few enough
                    given: {order: "1", operation: "2", equipment: P1, shift: early, production-day: 2026-03-02, good: 7}
                    expect: {Yield: 7, "@shift": early}
                """)

        #expect(mapping.tests.map { mapping.run($0).differences } == [[], []])
    }

    @Test func `a missing schema, a missing part and a broken one are told at their places`() throws {
        #expect(
            try BodySite().faults(Self.mapping) == [
                "1:56 MR029 the schema's file mappings/xsd/confirm.xsd cannot be read: there is no such file"
            ])
        #expect(
            try site(Self.xsd, nil).faults(Self.mapping) == [
                "1:56 MR029 the schema cannot be used: mappings/xsd/confirm.xsd:2: the schema's file mappings/xsd/parts/amount.xsd cannot be read: there is no such file",
                "mappings/xsd/confirm.xsd:2 MR029 the schema's file mappings/xsd/parts/amount.xsd cannot be read: there is no such file",
            ])
        let broken = try site(Self.xsd.replacing("type=\"Amount\"", with: "type=\"Amuont\"")).faults(Self.mapping)
        #expect(broken.count == 2)
        #expect(broken.last?.hasPrefix("mappings/xsd/confirm.xsd:6 MR029 ") == true)
        #expect(broken.last?.contains("Amuont") == true)
        let torn = try site(Self.xsd, "<xs:schema").faults(Self.mapping)
        #expect(torn.last?.hasPrefix("mappings/xsd/parts/amount.xsd:1 MR029 ") == true, "\(torn)")
    }

    @Test(arguments: [
        "http://127.0.0.1:1/amount.xsd", "../../../etc/passwd", "file:///etc/passwd", "/etc/passwd",
    ])
    func `nothing is fetched, and nothing read outside the mapping's folder`(location: String) throws {
        let faults = try site(Self.xsd.replacing("parts/amount.xsd", with: location)).faults(Self.mapping)

        #expect(faults.contains { $0.hasPrefix("1:56 MR029 ") }, "\(faults)")
        #expect(!faults.joined().contains("root:"))
    }

    @Test func `an entity of the schema opens no file`() throws {
        let entity = "<!DOCTYPE s [<!ENTITY x SYSTEM \"/etc/passwd\">]>\n"
        let faults = try site(entity + Self.xsd.replacing("value=\"early\"", with: "value=\"&x;\"")).faults(
            Self.mapping)

        #expect(!faults.isEmpty)
        #expect(!faults.joined().contains("root:"))
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `B2MML: a performance of an order is as the published schema wants it`() throws {
        let text = try Fixture.readyMade("b2mml-performance").replacing(
            "    root: P", with: "    schema: ../Schema/B2MML-OperationsPerformance.xsd\n    root: P")
        let site = BodySite(folder: "testdata/b2mml/V0701")

        let written = try site.written(text, head: "")
        let lines = try ElementRecorder.lines(written.bytes)

        #expect(lines.first == "{http://www.mesa.org/xml/B2MML}ProcessOperationsPerformance releaseID=0701")
        #expect(lines.filter { $0.hasSuffix("}MaterialActual") }.count == 2)
        let fault = try #require(
            site.fault(text.replacing("value: Production", with: "value: Producing"), head: ""))
        #expect(fault.code == "schema")
        #expect(fault.field == "DataArea.OperationsPerformance.OperationsType")
    }
}
