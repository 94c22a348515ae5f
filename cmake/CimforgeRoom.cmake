# A room of the house: one static library with a namespace of its name.
#   cimforge_room(spec SOURCES parse.cpp ... DEPENDS base ... LINK fmt::fmt ...)
# DEPENDS names the rooms it may include: the link graph repeats the one-way rule that
# tests/house checks on the includes.
function(cimforge_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  set(target cimforge_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(cimforge::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/cimforge>)
  list(TRANSFORM ARG_DEPENDS PREPEND cimforge::)
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} ${ARG_LINK} PRIVATE cimforge_warnings)
  set_property(GLOBAL APPEND PROPERTY CIMFORGE_ROOMS ${target})
endfunction()
