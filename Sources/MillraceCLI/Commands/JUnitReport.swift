import MillraceXML

/// Results of tests as JUnit XML, the form that CI servers read.
///
/// Source: the schema that Jenkins' xUnit plug-in keeps, jenkinsci/xunit-plugin, `junit-10.xsd`: `testsuites`, `testsuite` with its counts,
/// `testcase` with `failure` or `error`.
struct JUnitReport {
    /// The tests of one file.
    struct Suite {
        /// The file.
        var file: String
        /// The mapping's name.
        var name: String
        /// Why none of them ran; nil where they did.
        var fault: String?
        /// The tests in their order.
        var cases: [Case] = []
    }

    /// One test.
    struct Case {
        /// Its name.
        var name: String
        /// Where it stands.
        var place: String
        /// What differs; empty where it passes.
        var differences: [String]
    }

    private var suites: [Suite] = []

    mutating func add(_ suite: Suite) { suites.append(suite) }

    /// The whole text.
    var xml: String {
        let cases = suites.flatMap(\.cases)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuites name="millrace map test" tests="\#(cases.count + faulty)" failures="\#(cases.count { !$0.differences.isEmpty })" errors="\#(faulty)">"#,
        ]
        for suite in suites { lines += text(suite) }
        return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
    }

    private var faulty: Int { suites.count { $0.fault != nil } }

    private func text(_ suite: Suite) -> [String] {
        let (errors, failures) = (suite.fault == nil ? 0 : 1, suite.cases.count { !$0.differences.isEmpty })
        let counts = #"tests="\#(suite.cases.count + errors)" failures="\#(failures)" errors="\#(errors)" skipped="0""#
        var lines = [
            #"  <testsuite name="\#(XMLText.escaped(suite.name))" \#(counts) file="\#(XMLText.escaped(suite.file))">"#
        ]
        if let fault = suite.fault {
            lines += [
                #"    <testcase name="the file can be read" classname="\#(XMLText.escaped(suite.name))">"#,
                #"      <error message="\#(XMLText.escaped(fault))"/>"#, "    </testcase>",
            ]
        }
        for test in suite.cases {
            let head =
                #"    <testcase name="\#(XMLText.escaped(test.name))" classname="\#(XMLText.escaped(suite.name))""#
            if test.differences.isEmpty {
                lines.append(head + "/>")
                continue
            }
            let text = ([test.place] + test.differences).map(XMLText.escaped).joined(separator: "\n")
            lines += [
                head + ">", #"      <failure message="\#(XMLText.escaped(test.differences[0]))">\#(text)</failure>"#,
                "    </testcase>",
            ]
        }
        return lines + ["  </testsuite>"]
    }
}
