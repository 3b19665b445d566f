// One long table: a sentence for each code of the language, in its order.

/// The sentences of the faults.
enum ErrorText {
    static func sentence(_ code: String, token: String, value: String, second: String, index: Int) -> String {
        switch code.first {
        case "S": syntax(code, token: token, value: value)
        case "T": type(code, token: token, value: value, second: second, index: index)
        default: evaluation(code, token: token, value: value, second: second, index: index)
        }
    }

    private static func syntax(_ code: String, token: String, value: String) -> String {
        switch code {
        case "S0101": "the text is not closed; add a closing quote"
        case "S0102": "the number \(token) is too large for a double"
        case "S0103":
            "the escape \\\(token) is unknown; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hex digits"
        case "S0104": "\\u needs four hex digits behind it"
        case "S0105": "the quoted name is not closed; add a closing backtick"
        case "S0106": "the comment is not closed; add */"
        case "S0201": "\(token) does not belong here; an operator or the end was expected"
        case "S0202": "expected \(value) but found \(token)"
        case "S0203": "expected \(value) before the end of the expression"
        case "S0204": "the operator \(token) is unknown"
        case "S0205": "unexpected \(token)"
        case "S0206": "\(token) is no kind of expression"
        case "S0207": "the expression ends where a value was expected"
        case "S0208": "a parameter of a function is a variable, such as $x, not \(token)"
        case "S0209": "a predicate [ ] cannot follow a grouping { } of the same step"
        case "S0210": "a step can be grouped only once"
        case "S0211": "\(token) cannot begin an expression"
        case "S0212": "only a variable can be assigned to; write $name := …"
        case "S0213": "the literal \(token) cannot be a step of a path; quote it to use it as a name"
        case "S0214": "behind \(token) stands a variable, such as \(token)$v"
        case "S0215": "a variable must be bound with @ before the predicates of its step"
        case "S0216": "a variable must be bound with @ before the step is sorted"
        case "S0217": "there is no parent here that % could mean"
        case "S0301": "the regular expression is empty"
        case "S0302": "the regular expression is not closed; add /"
        case "S0303": "the regular expression cannot be read: \(token)"
        case "S0401": "only a list or a function can have the kind of its content in < >, not \(token)"
        case "S0402": "a choice of kinds cannot hold kinds with < >: \(token)"
        case "S0500": "the expression is nested too deeply"
        default: "the expression cannot be read"
        }
    }

    private static func type(
        _ code: String, token: String, value: String, second: String, index: Int
    ) -> String {
        switch code {
        case "T0410": "argument \(index) of $\(token) has the wrong kind or is one too many: \(value)"
        case "T0411": "$\(token) was called without argument \(index), and the context value \(value) does not suit it"
        case "T0412": "argument \(index) of $\(token) must be a list of one kind: \(value)"
        case "T1003": "the key of a member must be a text, not \(value)"
        case "T1005": "\(token) is no function; did you mean $\(token)?"
        case "T1006": token.isEmpty ? "this is no function and cannot be called" : "$\(token) is no function"
        case "T1007": "\(token) is no function to give some arguments to; did you mean $\(token)?"
        case "T1008": token.isEmpty ? "this is no function to give some arguments to" : "\(token) is no function"
        case "T1010": "the matcher function returned no match object: \(value)"
        case "T2001": "the left side of \(token) must be a number, not \(value)"
        case "T2002": "the right side of \(token) must be a number, not \(value)"
        case "T2003": "the left side of .. must be a whole number, not \(value)"
        case "T2004": "the right side of .. must be a whole number, not \(value)"
        case "T2006": "the right side of ~> must be a function, not \(value)"
        case "T2007": "texts and numbers cannot be sorted together: \(value) and \(second)"
        case "T2008": "only numbers and texts can be sorted by, not \(value)"
        case "T2009": "\(value) and \(second) are of different kinds and cannot be compared with \(token)"
        case "T2010": "\(token) compares numbers or texts, not \(value)"
        case "T2011": "the second part of a transform must make an object, not \(value)"
        case "T2012": "the third part of a transform must make names, not \(value)"
        case "T2013": "$clone was replaced by something that is no function"
        default: "a value has the wrong kind: \(value)"
        }
    }

    private static func evaluation(
        _ code: String, token: String, value: String, second: String, index: Int
    ) -> String {
        switch code {
        case "D1001": "the number is too large: \(value)"
        case "D1002": "only a number can be negated, not \(value)"
        case "D1004": "the regular expression matches the empty text, which would never end"
        case "D1009": "two members have the name \(value)"
        case "D1010": "the transform would change what the language itself is made of"
        case "D1011": "the expression goes deeper than allowed; a function may call itself without end"
        case "D1012": "the expression takes longer than allowed"
        case "D1013": "the regular expression takes more steps than allowed"
        case "D2014": "the range has \(value) numbers; at most 10000000 are allowed"
        case "D2015": "a sequence became longer than allowed: \(value) items"
        case "D3001": "a number that is not finite cannot be written as a text"
        case "D3010": "the pattern of $replace must not be empty"
        case "D3011": "the limit of $replace must not be negative: \(value)"
        case "D3012": "the function that replaces a match must return a text, not \(value)"
        case "D3020": "the limit of $split must not be negative: \(value)"
        case "D3030": "\(value) cannot be read as a number"
        case "D3040": "the limit of $match must not be negative: \(value)"
        case "D3050": "the function given to $reduce must take at least two arguments"
        case "D3060": "a negative number has no square root: \(value)"
        case "D3061": "\(value) to the power of \(second) is no number that can be held"
        case "D3070": "$sort needs numbers only or texts only, or a function that compares"
        case "D3080": "a number picture has at most two parts divided by ;"
        case "D3081": "a number picture has at most one decimal separator in each part"
        case "D3082": "a number picture has at most one percent sign in each part"
        case "D3083": "a number picture has at most one per-mille sign in each part"
        case "D3084": "a number picture has a percent or a per-mille sign, not both"
        case "D3085": "a number picture needs at least one digit in each part"
        case "D3086": "a number picture has no other characters between its digits"
        case "D3087": "a grouping separator cannot stand beside the decimal separator"
        case "D3088": "a number picture cannot end in a grouping separator"
        case "D3089": "two grouping separators cannot stand side by side"
        case "D3090": "optional digits stand before the mandatory ones in the integer part"
        case "D3091": "mandatory digits stand before the optional ones in the fractional part"
        case "D3092": "a number picture has an exponent or a percent sign, not both"
        case "D3093": "the exponent of a number picture has digits only"
        case "D3100": "the base of $formatBase is a number from 2 to 36, not \(value)"
        case "D3110": "\(value) is no time of ISO 8601"
        case "D3120": "the text given to $eval cannot be read: \(value)"
        case "D3121": "the expression given to $eval failed: \(value)"
        case "D3130": "the digits of the picture \(value) are not supported"
        case "D3131": "the picture mixes digits of different scripts: \(value)"
        case "D3132": "the picture has an unknown component: \(value)"
        case "D3133": "the component \(value) has no name"
        case "D3134": "a zone has at most four digits: \(value)"
        case "D3135": "the picture has [ without ]"
        case "D3136": "the picture leaves out a part of the time that stands between others"
        case "D3137": "the expression reported an error"
        case "D3138": "$single found more than one match"
        case "D3139": "$single found no match"
        case "D3140": "Malformed URL passed to $\(token)(): \(value)"
        case "D3141": "an assertion of the expression failed"
        case "D4001": "$eval is switched off here"
        default: "the expression failed"
        }
    }
}
