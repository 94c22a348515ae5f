# Embeds text files in a library: cimforge_embed(TARGET FUNCTION cells FILES a.v b.v) adds a source
# that defines `const std::map<std::string, std::string>& cimforge::TARGET_NAMESPACE::FUNCTION()`,
# file name -> text, so that an installed binary needs no data files.
function(cimforge_embed target)
  cmake_parse_arguments(ARG "" "NAMESPACE;FUNCTION" "FILES" ${ARGN})
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${ARG_FUNCTION}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DNAMESPACE=${ARG_NAMESPACE}"
            "-DFUNCTION=${ARG_FUNCTION}" "-DFILES=${ARG_FILES}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake"
    DEPENDS ${ARG_FILES} "${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
