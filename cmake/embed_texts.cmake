# Run by cimforge_embed: writes a C++ source that holds the texts of FILES.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  # A raw string literal may hold 64 KiB everywhere: a longer text is a sum of pieces.
  set(literals "")
  string(LENGTH "${text}" left)
  while(left GREATER 60000)
    string(SUBSTRING "${text}" 0 60000 piece)
    string(SUBSTRING "${text}" 60000 -1 text)
    string(LENGTH "${text}" left)
    string(APPEND literals "std::string(R\"cimforge(${piece})cimforge\") +\n      ")
  endwhile()
  string(APPEND literals "R\"cimforge(${text})cimforge\"")
  string(APPEND entries "      {\"${name}\", ${literals}},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <map>
#include <string>

namespace ${NAMESPACE} {
const std::map<std::string, std::string>& ${FUNCTION}();
const std::map<std::string, std::string>& ${FUNCTION}() {
  static const std::map<std::string, std::string> texts = {
${entries}  };
  return texts;
}
}  // namespace ${NAMESPACE}
")
