import FoundationEssentials
import Node
import Testing

struct HTTPDateTests {
    @Test("the Date header is read in the form in which it is written, and in no other")
    func httpDate() {
        let example = Date(timeIntervalSince1970: 784_111_777)
        #expect(HTTPDate.text(example) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.date("Sun, 06 Nov 1994 08:49:37 GMT") == example)
        for other in ["", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Noc 1994 08:49:37 GMT"]
        {
            #expect(HTTPDate.date(other) == nil)
        }
    }
}
