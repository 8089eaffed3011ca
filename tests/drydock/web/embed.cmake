# cmake -DOUT=FILE.cc -DFILES=a.html,b.js -P embed.cmake: the files' text as C++, for web_files.h. A file's type follows
# from its name. Needs no other program, so that it builds wherever CMake does.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(rows "")
string(REPLACE "," ";" files "${FILES}")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  get_filename_component(kind "${file}" LAST_EXT)
  string(SUBSTRING "${kind}" 1 -1 kind)
  file(READ "${file}" text)
  string(FIND "${text}" ")kedge_web\"" clash)
  if(NOT DEFINED type_${kind} OR NOT clash EQUAL -1)
    message(FATAL_ERROR "${file} cannot be embedded: its type is unknown here, or it has the text that ends a literal")
  endif()
  string(APPEND rows "    {\"${name}\", {\"${type_${kind}}\", R\"kedge_web(${text})kedge_web\"}},\n")
endforeach()

file(WRITE "${OUT}" "// Made by embed.cmake.
#include \"web/web_files.h\"

#include <map>

namespace kedge::drydock {

const WebFile* FindWebFile(std::string_view name) {
  static const std::map<std::string_view, WebFile> files = {
${rows}  };
  const auto found = files.find(name);
  return found == files.end() ? nullptr : &found->second;
}

}  // namespace kedge::drydock
")
