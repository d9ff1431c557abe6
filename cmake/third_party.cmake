# cmake/third_party.cmake: the libraries that ./orrery setup put into ORRERY_DEPS, as targets
# third_party::NAME. All of them are built from the same sources for every compiler, with their
# warnings off. A target exists only when its files were set up: the command line alone needs
# fmt, json, cli11 and yaml.

include_guard()

# A static library of somebody else's sources: system include folders, no warnings, and
# exceptions as the compiler has them (Catch2 throws). Built only where something links it.
function(third_party_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;INCLUDE;DEFINITIONS;DEPS")
  add_library(third_party_${name} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
  add_library(third_party::${name} ALIAS third_party_${name})
  target_include_directories(third_party_${name} SYSTEM PUBLIC ${arg_INCLUDE})
  target_compile_definitions(third_party_${name} PUBLIC ${arg_DEFINITIONS})
  target_compile_options(third_party_${name} PRIVATE -w)
  if(EMSCRIPTEN)
    target_compile_options(third_party_${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fwasm-exceptions>)
  endif()
  target_link_libraries(third_party_${name} PUBLIC ${arg_DEPS})
endfunction()

function(third_party_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "INCLUDE;DEFINITIONS")
  add_library(third_party_${name} INTERFACE)
  add_library(third_party::${name} ALIAS third_party_${name})
  target_include_directories(third_party_${name} SYSTEM INTERFACE ${arg_INCLUDE})
  target_compile_definitions(third_party_${name} INTERFACE ${arg_DEFINITIONS})
endfunction()

set(headers "${ORRERY_DEPS}/headers/usr/include")
if(NOT EXISTS "${headers}/fmt/format.h")
  message(FATAL_ERROR "Third-party sources are missing from ${ORRERY_DEPS}: run ./orrery setup first.")
endif()
third_party_library(fmt
  SOURCES "${CMAKE_SOURCE_DIR}/cmake/fmt.cpp"
  INCLUDE "${headers}"
  DEFINITIONS "FMT_STATIC_THOUSANDS_SEPARATOR=','"
)
third_party_headers(json INCLUDE "${headers}")
third_party_headers(cli11 INCLUDE "${headers}")

set(yaml "${ORRERY_DEPS}/libyaml")
if(EXISTS "${yaml}/include/yaml.h")
  third_party_library(yaml
    SOURCES
      "${yaml}/src/api.c" "${yaml}/src/dumper.c" "${yaml}/src/emitter.c" "${yaml}/src/loader.c"
      "${yaml}/src/parser.c" "${yaml}/src/reader.c" "${yaml}/src/scanner.c" "${yaml}/src/writer.c"
    INCLUDE "${yaml}/include"
    DEFINITIONS YAML_DECLARE_STATIC
  )
  target_compile_definitions(third_party_yaml PRIVATE
    YAML_VERSION_MAJOR=0 YAML_VERSION_MINOR=2 YAML_VERSION_PATCH=5 YAML_VERSION_STRING="0.2.5")
endif()

set(catch2 "${ORRERY_DEPS}/catch2/extras")
if(EXISTS "${catch2}/catch_amalgamated.cpp")
  # Catch2 brings main(); test files include <catch_amalgamated.hpp>.
  third_party_library(catch2 SOURCES "${catch2}/catch_amalgamated.cpp" INCLUDE "${catch2}")
  # The test runner itself is not what the sanitizers are for, and costs them minutes.
  target_compile_options(third_party_catch2 PRIVATE -O1 -g0)
  if(ORRERY_SANITIZE)
    target_compile_options(third_party_catch2 PRIVATE -fno-sanitize=all)
  endif()
  if(ORRERY_FUZZ)
    target_compile_options(third_party_catch2 PRIVATE -fno-sanitize=fuzzer-no-link)
  endif()
endif()

# SDL2: the system's library natively; in the page a static library of the few files that
# Emscripten's own port of SDL2 lists.
if(EMSCRIPTEN AND ORRERY_PRESET STREQUAL "web" AND EXISTS "${ORRERY_DEPS}/sdl2/src/SDL.c")
  file(READ "${EMSCRIPTEN_ROOT_PATH}/tools/ports/sdl2.py" port)
  string(REGEX MATCH "srcs = '''([^']*)'''" match "${port}")
  string(REGEX MATCHALL "[^ \n]+" sdl_names "${CMAKE_MATCH_1}")
  list(APPEND sdl_names thread/generic/SDL_syscond.c thread/generic/SDL_sysmutex.c
    thread/generic/SDL_syssem.c thread/generic/SDL_systhread.c thread/generic/SDL_systls.c)
  list(TRANSFORM sdl_names PREPEND "${ORRERY_DEPS}/sdl2/src/")
  third_party_library(sdl2 SOURCES ${sdl_names} INCLUDE "${ORRERY_DEPS}/sdl2/include")
elseif(NOT EMSCRIPTEN)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(SDL2 QUIET IMPORTED_TARGET sdl2)
  endif()
  find_package(OpenGL QUIET COMPONENTS OpenGL)
  if(TARGET PkgConfig::SDL2 AND TARGET OpenGL::GL)
    add_library(third_party_sdl2 INTERFACE)
    add_library(third_party::sdl2 ALIAS third_party_sdl2)
    target_link_libraries(third_party_sdl2 INTERFACE PkgConfig::SDL2 OpenGL::GL)
  endif()
endif()

# Dear ImGui and what draws with it, unchanged, from the imgui-bundle source distribution.
set(bundle "${ORRERY_DEPS}/imgui")
if(TARGET third_party::sdl2 AND EXISTS "${bundle}/imgui/imgui.h")
  third_party_library(imgui
    SOURCES
      "${bundle}/imgui/imgui.cpp"
      "${bundle}/imgui/imgui_demo.cpp"
      "${bundle}/imgui/imgui_draw.cpp"
      "${bundle}/imgui/imgui_stacklayout.cpp"
      "${bundle}/imgui/imgui_tables.cpp"
      "${bundle}/imgui/imgui_widgets.cpp"
      "${bundle}/imgui/misc/cpp/imgui_stdlib.cpp"
      "${bundle}/imgui/backends/imgui_impl_opengl3.cpp"
      "${bundle}/imgui/backends/imgui_impl_sdl2.cpp"
    INCLUDE "${bundle}/imgui" "${bundle}/imgui/backends" "${bundle}/imgui/misc/cpp"
    DEPS third_party::sdl2
  )
  if(EMSCRIPTEN)
    target_compile_definitions(third_party_imgui PUBLIC IMGUI_IMPL_OPENGL_ES3)
  endif()
  third_party_library(implot
    SOURCES "${bundle}/implot/implot.cpp" "${bundle}/implot/implot_items.cpp"
    INCLUDE "${bundle}/implot"
    DEPS third_party::imgui
  )
  third_party_library(text_edit
    SOURCES "${bundle}/text_edit/TextEditor.cpp" "${bundle}/text_edit/TextDiff.cpp"
    INCLUDE "${bundle}/text_edit"
    DEPS third_party::imgui
  )
  third_party_library(command_palette
    SOURCES
      "${bundle}/command_palette/imcmd_command_palette.cpp"
      "${bundle}/command_palette/imcmd_fuzzy_search.cpp"
    INCLUDE "${bundle}/command_palette"
    DEPS third_party::imgui
  )
endif()
