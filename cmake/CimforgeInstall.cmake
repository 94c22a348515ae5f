# cmake --install and find_package(cimforge): the program and the rooms as libraries.
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY CIMFORGE_ROOMS)
install(TARGETS cimforge cimforge_warnings ${rooms} EXPORT cimforge-targets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(room generator rtl sim tb proof flows)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${room}"
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cimforge
    FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
endforeach()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cimforge)
install(EXPORT cimforge-targets NAMESPACE cimforge:: DESTINATION ${package_dir})
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/cimforge-config.cmake.in"
  "${PROJECT_BINARY_DIR}/cimforge-config.cmake" INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/cimforge-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cimforge-config.cmake"
              "${PROJECT_BINARY_DIR}/cimforge-config-version.cmake" DESTINATION ${package_dir})
