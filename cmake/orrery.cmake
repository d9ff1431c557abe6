# cmake/orrery.cmake: how every target of this project is built.
#
#   orrery_library(NAME [EXCEPTIONS] SOURCES file... [DEPS target...])
#   orrery_executable(NAME [EXCEPTIONS] SOURCES file... [DEPS target...])
#   orrery_page(NAME [EXCEPTIONS] SOURCES file... [DEPS target...] [FILES file...])   only for web
#   orrery_fuzzer(NAME SOURCES file... [DEPS target...])         in the fuzz preset; in asan, blind: only
#                                                              the target itself is instrumented
#   orrery_embed(NAME FILES file... [BASE folder])             text files as constant tables
#
# The flags here are part of the determinism contract: no contraction of floating point, no
# exceptions unless asked for, source paths that do not depend on where the checkout is.
# assert() stays on in every preset: a bug must stop the run, not bend it.

include_guard()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_COLOR_DIAGNOSTICS OFF)

find_program(ORRERY_CCACHE ccache)
# Emscripten wraps its own clang (see em_config), so that an updated clang invalidates the cache.
if(ORRERY_CCACHE AND NOT EMSCRIPTEN)
  set(CMAKE_C_COMPILER_LAUNCHER "${ORRERY_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ORRERY_CCACHE}")
endif()

# What all code is compiled with, third-party code included. Both spellings of the source root are
# mapped away: the absolute one, and the relative one that ccache substitutes for it (presets set
# CCACHE_BASEDIR), so that std::source_location says "engine/world/arena.h" everywhere.
add_compile_options(
  -ffp-contract=off
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/="
  -ffile-prefix-map=../../=
)

if(ORRERY_SANITIZE)
  add_compile_options(-fsanitize=${ORRERY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ORRERY_SANITIZE} -fno-sanitize-recover=all)
endif()
if(ORRERY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(EMSCRIPTEN)
  # Every object that is linked with an EXCEPTIONS target agrees on the wasm exception model.
  add_link_options(-fwasm-exceptions)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(REGEX MATCH "^[0-9]+" ORRERY_CLANG_MAJOR "${CMAKE_CXX_COMPILER_VERSION}")
  find_program(ORRERY_LLD NAMES ld.lld-${ORRERY_CLANG_MAJOR} ld.lld)
  if(ORRERY_LLD)
    add_link_options(--ld-path=${ORRERY_LLD})
  endif()
endif()

set(ORRERY_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What g++ 12's flow analysis reports of coroutine frames, of inlined std::string code and of the
  # sanitizers' branches is sound code; clang and the sanitizers themselves watch over these.
  list(APPEND ORRERY_WARNINGS -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-null-dereference -Wno-use-after-free)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT EMSCRIPTEN)
  # libstdc++ 12 uses std::get_temporary_buffer inside its own stable_sort, which clang 19 reports.
  list(APPEND ORRERY_WARNINGS -Wno-deprecated-declarations)
endif()
if(ORRERY_WERROR)
  list(APPEND ORRERY_WARNINGS -Werror)
endif()

# Exceptions are a property of a target: engine and sim have none.
function(orrery_target_flags name exceptions)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE ${ORRERY_WARNINGS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ would pack two 32-bit fields of each event in a vector register to store them at once,
    # which costs more than two plain stores.
    target_compile_options(${name} PRIVATE -fno-tree-slp-vectorize)
  endif()
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  if(NOT exceptions)
    target_compile_options(${name} PRIVATE -fno-exceptions)
  elseif(EMSCRIPTEN)
    target_compile_options(${name} PRIVATE -fwasm-exceptions)
  else()
    target_compile_options(${name} PRIVATE -fexceptions)
  endif()
endfunction()

# orrery_precompile(TARGET [header...]): cmake/precompiled.h and the given headers, read once for the
# whole target. It pays from about ten sources on.
function(orrery_precompile name)
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    return()
  endif()
  target_precompile_headers(${name} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled.h" ${ARGN})
  # So that ccache can tell one from another by its content.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -fpch-preprocess)
  else()
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# Another build directory with the same compiler and flags, whose engine and sim this one links
# instead of compiling them again: the page's build, beside that of the Node command line.
set(ORRERY_BORROW "" CACHE PATH "A build directory to take the libraries engine and sim from")

# orrery_borrow(NAME [DEPS target...]): the library as that directory builds it, brought up to date
# first.
function(orrery_borrow name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS")
  file(RELATIVE_PATH folder "${CMAKE_BINARY_DIR}" "${CMAKE_CURRENT_BINARY_DIR}")
  set(library "${ORRERY_BORROW}/${folder}/lib${name}.a")
  add_custom_target(${name}_there
    COMMAND "${CMAKE_COMMAND}" --build "${ORRERY_BORROW}" --target ${name}
    BYPRODUCTS "${library}"
    USES_TERMINAL
    VERBATIM
  )
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_there)
  target_compile_features(${name} INTERFACE cxx_std_20)
  target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} INTERFACE "${library}" ${arg_DEPS})
endfunction()

function(orrery_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXCEPTIONS" "" "SOURCES;DEPS")
  orrery_check_arguments(${name} "${arg_UNPARSED_ARGUMENTS}" "${arg_SOURCES}")
  if(ORRERY_BORROW AND (name STREQUAL "orrery_engine" OR name STREQUAL "orrery_sim"))
    orrery_borrow(${name} DEPS ${arg_DEPS})
    return()
  endif()
  add_library(${name} STATIC ${arg_SOURCES})
  orrery_target_flags(${name} ${arg_EXCEPTIONS})
  target_link_libraries(${name} PUBLIC ${arg_DEPS})
endfunction()

function(orrery_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXCEPTIONS" "" "SOURCES;DEPS")
  orrery_check_arguments(${name} "${arg_UNPARSED_ARGUMENTS}" "${arg_SOURCES}")
  add_executable(${name} ${arg_SOURCES})
  orrery_target_flags(${name} ${arg_EXCEPTIONS})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  if(ORRERY_PRESET STREQUAL "wasm")
    # A Node program: real files, a real exit code, and the stack that the simulations need
    # (Emscripten's default is 64 KiB). -O1 skips the slow whole-program pass; objects are -O2.
    target_link_options(${name} PRIVATE
      -O1
      -sENVIRONMENT=node
      -sNODERAWFS=1
      -sEXIT_RUNTIME=1
      -sALLOW_MEMORY_GROWTH=1
      -sINITIAL_MEMORY=32MB
      -sMAXIMUM_MEMORY=4GB
      -sSTACK_SIZE=4MB
    )
    set_target_properties(${name} PROPERTIES SUFFIX ".js")
  endif()
endfunction()

# The playground's page: NAME.js, an ES module whose default export starts it, with NAME.wasm, and
# copies of FILES (index.html and its like), all directly in the build folder, which is served.
function(orrery_page name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FILES")
  orrery_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES SUFFIX ".js" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  target_link_options(${name} PRIVATE
    -O2
    -sENVIRONMENT=web
    -sMODULARIZE=1
    -sEXPORT_ES6=1
    -sEXPORT_NAME=createOrrery
    -sMIN_WEBGL_VERSION=2
    -sMAX_WEBGL_VERSION=2
    -sALLOW_MEMORY_GROWTH=1
    -sINITIAL_MEMORY=64MB
    -sMAXIMUM_MEMORY=4GB
    -sSTACK_SIZE=4MB
    -sEXIT_RUNTIME=0
    -sFILESYSTEM=0
    -sEXPORTED_RUNTIME_METHODS=ccall,cwrap,UTF8ToString,stringToNewUTF8
  )
  set(copies)
  foreach(file IN LISTS arg_FILES)
    get_filename_component(file "${file}" ABSOLUTE)
    get_filename_component(base "${file}" NAME)
    add_custom_command(
      OUTPUT "${CMAKE_BINARY_DIR}/${base}"
      COMMAND "${CMAKE_COMMAND}" -E copy "${file}" "${CMAKE_BINARY_DIR}/${base}"
      DEPENDS "${file}"
      VERBATIM
    )
    list(APPEND copies "${CMAKE_BINARY_DIR}/${base}")
  endforeach()
  if(copies)
    add_custom_target(${name}_files ALL DEPENDS ${copies})
    add_dependencies(${name} ${name}_files)
  endif()
endfunction()

# A libFuzzer program. Other presets skip it, so callers need no condition.
function(orrery_fuzzer name)
  if(NOT ORRERY_FUZZ AND NOT ORRERY_PRESET STREQUAL "asan")
    return()
  endif()
  orrery_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

function(orrery_check_arguments name unparsed sources)
  if(unparsed)
    message(FATAL_ERROR "${name}: unknown arguments: ${unparsed}")
  endif()
  if(NOT sources)
    message(FATAL_ERROR "${name}: no SOURCES")
  endif()
endfunction()

find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Defines the library NAME and the header "generated/NAME.h":
#   namespace generated { std::span<const EmbeddedFile> NAME(); }
# Each file's path is relative to BASE (default: the calling folder). Only constant data is made.
function(orrery_embed name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE" "FILES")
  orrery_check_arguments(${name} "${arg_UNPARSED_ARGUMENTS}" "${arg_FILES}")
  if(NOT arg_BASE)
    set(arg_BASE "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  get_filename_component(base "${arg_BASE}" ABSOLUTE)
  set(files)
  foreach(file IN LISTS arg_FILES)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND files "${file}")
  endforeach()

  # The list goes through a file: hundreds of paths would not fit a command line on every system.
  set(out "${CMAKE_BINARY_DIR}/generated-${name}")
  list(JOIN files "\n" lines)
  file(GENERATE OUTPUT "${out}/files.txt" CONTENT "${lines}\n")
  add_custom_command(
    OUTPUT "${out}/generated/${name}.h" "${out}/generated/${name}.cpp"
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/embed.py"
      --name ${name} --base "${base}" --list "${out}/files.txt" --out "${out}/generated"
    DEPENDS "${CMAKE_SOURCE_DIR}/tools/embed.py" "${out}/files.txt" ${files}
    COMMENT "Embedding ${name}"
    VERBATIM
  )
  add_library(${name} STATIC "${out}/generated/${name}.cpp" "${out}/generated/${name}.h")
  orrery_target_flags(${name} FALSE)
  target_include_directories(${name} PUBLIC "${out}")
endfunction()
