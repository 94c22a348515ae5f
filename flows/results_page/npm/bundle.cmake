# Makes OUTPUT, the plotting library as one script: npm installs what package-lock.json says into
# OUTPUT's directory, and esbuild bundles it. Without NPM, and where npm fails, which it does on a
# machine without a network, OUTPUT is empty, and pages of results draw their charts by themselves.
get_filename_component(directory "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${directory}")
if(NOT NPM)
  file(WRITE "${OUTPUT}" "")
  return()
endif()
foreach(name package.json package-lock.json echarts_entry.js)
  configure_file("${SOURCE}/${name}" "${directory}/${name}" COPYONLY)
endforeach()
# No package may run a script of its own; a registry that does not answer must not hold up a build.
execute_process(
  COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
          --fetch-retries=1 --fetch-timeout=60000
  WORKING_DIRECTORY "${directory}" RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status EQUAL 0)
  execute_process(
    COMMAND "${NODE}" node_modules/esbuild/bin/esbuild echarts_entry.js --bundle --minify
            --format=iife --charset=utf8 --legal-comments=inline --log-level=warning
            --outfile=echarts_bundle.js
    WORKING_DIRECTORY "${directory}" RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
endif()
if(status EQUAL 0)
  file(READ "${directory}/echarts_bundle.js" text)
  # What would end the script that holds it.
  if(text MATCHES "</script|<!--")
    message(FATAL_ERROR "the bundle of ECharts cannot stand in a page")
  endif()
  configure_file("${directory}/echarts_bundle.js" "${OUTPUT}" COPYONLY)
else()
  message(WARNING "npm could not bundle ECharts: pages of results draw their charts without it. "
                  "Remove ${OUTPUT} to try again.\n${text}")
  file(WRITE "${OUTPUT}" "")
endif()
