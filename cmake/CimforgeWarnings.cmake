# Warnings and sanitizers, asked for by the presets; carried by one interface target.
option(CIMFORGE_WERROR "Warnings are errors" OFF)
option(CIMFORGE_SANITIZE "Address and undefined-behaviour sanitizers" OFF)

add_library(cimforge_warnings INTERFACE)
target_compile_options(cimforge_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  $<$<BOOL:${CIMFORGE_WERROR}>:-Werror>)

# By clang++ in the preset: g++ 12 takes code that the sanitizers add for conversions and for reads of
# uninitialised memory, and needs twice the time.
if(CIMFORGE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
