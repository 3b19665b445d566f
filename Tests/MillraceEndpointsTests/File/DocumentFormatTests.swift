import MillraceCore
import MillraceEndpoints
import MillraceValues
import Testing

@Suite("File endpoint: formats")
struct DocumentFormatTests {
    private func text(_ format: DocumentFormat, _ body: String) throws -> String {
        let request = FileRequestSettings(name: "event", quantity: .delta, correct: .byHand)
        var settings = FileEndpointSettings(
            id: "partner", folder: "out", name: try FileNameTemplate("{key}"), requests: [request])
        settings.format = format
        let bytes = try FileEndpoint(settings).encode(try JSONReader.read(body), for: "event")
        return String(decoding: bytes, as: UTF8.self)
    }

    private func fault(_ format: DocumentFormat, _ body: String) -> String? {
        #expect(throws: EndpointError.self) { _ = try text(format, body) }?.description
    }

    private let event = #"""
        {"order":"47;11","good":40.000,"note":"he said \"no\"\nand <left> & went","at":{"shift":"early","day":null},"ok":true}
        """#

    @Test func `json is the body without blanks`() throws {
        #expect(try text(.json, #"{ "good": 40.000 }"#) == #"{"good":40.000}"#)
    }

    @Test func `ndjson is one line for the body, or for each item`() throws {
        #expect(try text(.ndjson, #"{"a":[1,2]}"#) == "{\"a\":[1,2]}\n")
        #expect(try text(.ndjson, #"[{"a":1},{"a":2}]"#) == "{\"a\":1}\n{\"a\":2}\n")
    }

    @Test func `csv has a header in the order of the members, flat names, and quotes where they are needed`() throws {
        #expect(
            try text(.csv(delimiter: UInt8(ascii: ";")), event)
                == "order;good;note;at.shift;at.day;ok\r\n"
                + "\"47;11\";40.000;\"he said \"\"no\"\"\nand <left> & went\";early;;true\r\n")
        #expect(try text(.csv, #"[{"a":1},{"b":" x","a":2}]"#) == "a,b\r\n1,\r\n2,\" x\"\r\n")
    }

    @Test func `csv names what it cannot hold`() {
        #expect(
            fault(.csv, #"{"a":{"b":[1]}}"#)
                == "'a.b' is a list, which a CSV field cannot hold; use json or xml, or one member each")
        #expect(fault(.csv, "7") == "CSV holds objects only, and this body is none; let the mapping build an object")
        #expect(fault(.csv, "{}") == "CSV needs a column, and this body has no members")
        #expect(fault(.csv, #"{"a.b":1,"a":{"b":2}}"#) == "two members give the CSV column 'a.b'; rename one")
    }

    @Test func `xml has an element for each member, and a list repeats its own`() throws {
        #expect(
            try text(.xml(root: "event"), event)
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<event><order>47;11</order><good>40.000</good>"
                + "<note>he said \"no\"\nand &lt;left&gt; &amp; went</note><at><shift>early</shift><day/></at>"
                + "<ok>true</ok></event>\n")
        #expect(
            try text(.xml, #"{"piece":[{"n":1},{"n":2}],"none":[],"line":"a\r\nb"}"#)
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<document><piece><n>1</n></piece><piece><n>2</n></piece>"
                + "<line>a&#13;\nb</line></document>\n")
        #expect(
            try text(.xml, "[1,2]")
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<document><item>1</item><item>2</item></document>\n")
    }

    @Test func `xml names what it cannot hold`() {
        #expect(
            fault(.xml, #"{"a b":1}"#) == "'a b' is no name for an XML element; rename the member or use json")
        #expect(
            fault(.xml, #"{"xmlish":1}"#) == "'xmlish' is no name for an XML element; rename the member or use json")
        #expect(
            fault(.xml, #"{"a":"\u0001"}"#)
                == "'a' holds a control character, which XML cannot; clean it in the mapping")
        #expect(
            fault(.xml, #"{"a":[[1]]}"#)
                == "'a' is a list of lists, which has no names for XML; build objects instead")
        #expect(
            fault(.xml(root: "1"), "{}")
                == "endpoint 'partner': '1' is no name for an XML element; correct 'root'")
    }
}
