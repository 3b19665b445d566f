import Glibc
import MillraceCore
import MillraceEndpoints
import MillraceValues
import Testing

@Suite("File endpoint")
struct FileEndpointTests {
    private let folder: TestFolder
    private let out: String
    private let name = "20260302T050000Z%2FP01%2Fpartner%2Fevent%2Fproduction-count%2F4711%252F2%2Fr1.json"
    private let document = Sample.document(
        "event", of: "partner", key: "20260302T050000Z/P01/partner/event/production-count/4711%2F2/r1")

    init() throws {
        folder = try TestFolder()
        out = folder.path + "/out"
    }

    private func endpoint(
        _ path: String? = nil, name: String = "{key}.json", format: DocumentFormat = .json
    ) throws -> FileEndpoint {
        let request = FileRequestSettings(name: "event", quantity: .delta, correct: .byHand)
        var settings = FileEndpointSettings(
            id: "partner", folder: path ?? out, name: try FileNameTemplate(name), requests: [request])
        settings.format = format
        return try FileEndpoint(settings)
    }

    @Test func `R25: a document becomes one file under a name of its key, in a folder that is made for it`()
        async throws
    {
        let delivery = try await endpoint().deliver(document)

        #expect(delivery == Delivery(.done, receipt: name, sentence: "\(out)/\(name): written"))
        #expect(folder.names("out") == [name])
        #expect(folder.text("out/\(name)") == #"{"good":40}"#)
        var status = stat()
        #expect(stat(out, &status) == 0 && status.st_mode & 0o777 & ~0o750 == 0)
    }

    @Test func `R25: an equal file that is there already is a duplicate`() async throws {
        let endpoint = try endpoint()
        _ = await endpoint.deliver(document)

        let delivery = await endpoint.deliver(document)

        #expect(
            delivery == Delivery(.duplicate, receipt: name, sentence: "\(out)/\(name): the same file was there already")
        )
        #expect(folder.names("out") == [name])
    }

    @Test(arguments: [#"{"good":41}"#, #"{"good":4"#, #"{"good":40}  "#, ""])
    func `R25: an unequal file is left as it is, and the document is refused`(other: String) async throws {
        mkdir(out, 0o750)
        folder.write("out/\(name)", other)

        let delivery = try await endpoint().deliver(document)

        #expect(delivery.outcome == .refused)
        #expect(
            delivery.sentence
                == "\(out)/\(name): another file of that name is there and was left as it is; take it away, then release "
                + "the document")
        #expect(folder.text("out/\(name)") == other)
        #expect(folder.names("out") == [name])
    }

    @Test func `R25: a link of that name is not followed`() async throws {
        mkdir(out, 0o750)
        folder.write("target", #"{"good":40}"#)
        symlink(folder.path + "/target", "\(out)/\(name)")

        let delivery = try await endpoint().deliver(document)

        #expect(delivery.outcome == .refused)
    }

    @Test func `R25: what a run left that died before the rename is written over`() async throws {
        mkdir(out, 0o750)
        folder.write("out/.\(name).part", #"{"good":40} and the rest of something longer"#)
        let endpoint = try endpoint()

        let before = await endpoint.lookUp(document)
        let delivery = await endpoint.deliver(document)

        #expect(before == .notThere)
        #expect(delivery.outcome == .done)
        #expect(folder.names("out") == [name])
        #expect(folder.text("out/\(name)") == #"{"good":40}"#)
    }

    @Test func `R23: a look-up finds an equal file, and does not guess where there is none`() async throws {
        let endpoint = try endpoint()
        let before = await endpoint.lookUp(document)
        _ = await endpoint.deliver(document)

        #expect(
            before
                == .noAnswer(
                    "\(out)/\(name) is not there: it was never written, or taken away already; "
                        + "decide with 'millrace queue resolve'"))
        #expect(await endpoint.lookUp(document) == .there(receipt: name))
        folder.write("out/\(name)", "other")
        #expect(
            await endpoint.lookUp(document)
                == .noAnswer("\(out)/\(name): another file of that name is there; settle it by hand"))
    }

    @Test func `R22: a folder that cannot be made or written has got nothing`() async throws {
        folder.write("file", "")
        let missing = try await endpoint(folder.path + "/no/such").deliver(document)
        let file = try await endpoint(folder.path + "/file").deliver(document)

        #expect(missing.outcome == .notSent)
        #expect(
            missing.sentence
                == "endpoint 'partner', nothing was written: the folder \(folder.path)/no/such cannot be made "
                + "(No such file or directory); make room or rights")
        #expect(file.outcome == .notSent)
        #expect(file.sentence.contains("(Not a directory)"))
    }

    @Test func `R25: a link as the temporary name is not written through`() async throws {
        mkdir(out, 0o750)
        folder.write("target", "kept")
        symlink(folder.path + "/target", "\(out)/.\(name).part")

        let delivery = try await endpoint().deliver(document)

        #expect(delivery.outcome == .notSent)
        #expect(delivery.sentence.contains("cannot be written (Too many levels of symbolic links)"))
        #expect(folder.text("target") == "kept")
    }

    @Test func `R25: a long name is its beginning and a hash, the same each time and another for another key`()
        async throws
    {
        let keys = ["a", "b"].map { "k/" + String(repeating: "ö", count: 300) + $0 }
        let endpoint = try endpoint()

        for key in keys + keys { _ = await endpoint.deliver(Sample.document("event", of: "partner", key: key)) }

        let names = folder.names("out")
        #expect(names.count == 2)
        for name in names {
            #expect(name.utf8.count <= 200)
            #expect(name.hasPrefix("k%2F%C3%B6%C3%B6") && name.hasSuffix(".json"))
            #expect(!name.contains("%-") && !name.contains("%C-"))
        }
    }

    @Test(arguments: [
        ("event.json", "file name 'event.json' must hold {key}, or two documents would have one name"),
        (".{key}", "file name '.{key}' must not begin with a dot nor hold a slash or a control character"),
        ("a/{key}", "file name 'a/{key}' must not begin with a dot nor hold a slash or a control character"),
    ])
    func `R25: a name that is no function of the key, or is a path, is named`(text: String, sentence: String) {
        let fault = #expect(throws: EndpointError.self) { _ = try FileNameTemplate(text) }
        #expect(fault?.description == sentence)
    }

    @Test func `R25: a name that would begin with a dot is no hidden file`() async throws {
        let delivery = try await endpoint().deliver(Sample.document("event", of: "partner", key: ".k/1"))

        #expect(delivery.outcome == .done)
        #expect(folder.names("out") == ["%2Ek%2F1.json"])
    }

    @Test func `a document without body, or without a field of its name, is refused`() async throws {
        let bare = try await endpoint().deliver(Sample.document("event", of: "partner", body: nil))
        let nameless = try await endpoint(name: "{line}-{key}.json").deliver(document)

        #expect(
            bare.sentence
                == "endpoint 'partner', nothing was written: the document has no body; make it anew with "
                + "'millrace queue remap'")
        #expect(bare.outcome == .refused)
        #expect(nameless.outcome == .refused)
        #expect(
            nameless.sentence.contains(
                "names the field 'line', which this document has not; it has key, order, revision"))
        #expect(try await endpoint().readFigure("event", fields: ValueObject()) == .notOffered)
    }

    @Test(arguments: ["", "/"])
    func `a test proves what a delivery does: the folder is made, and nothing above it`(end: String) async throws {
        let free = await (try endpoint(out + end)).test()
        #expect(
            free.findings.map(\.sentence) == ["\(out + end): it is made with the first document, and may be written"])

        let lost = try endpoint("\(folder.path)/share/out\(end)")
        let tested = await lost.test()
        #expect(
            tested.findings.map(\.sentence) == [
                "the folder \(folder.path)/share/out cannot be made, for \(folder.path)/share is not there; make it, or mount "
                    + "what belongs there"
            ])
        let delivery = await lost.deliver(document)
        #expect(delivery.outcome == .notSent)
        #expect(folder.names("") == [])
    }
}
