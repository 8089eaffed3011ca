// What the history may keep of a text with URLs in it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kedge::store {

// `text` with the secrets of its http and https URLs taken out: everything from '?' (presigned URLs carry
// their signature there, fragments may carry tokens) to the end of the URL becomes "?…", and a user and
// password before
// '@' become "…@". A URL ends at white space, a control character, '"', '<', '>' or a backslash that does not
// begin one of JSON's "\/" and "\uXXXX"; so JSON stays JSON. Anything else, commas included, counts as part
// of it: a little too much is taken rather than a signature left. Doing it twice changes nothing more.
std::string RedactUrls(std::string_view text);

}  // namespace kedge::store
