# Run by cpack on the packages that it has made. Those with debug symbols (.ddeb) it makes without documents, and with
# md5sums that name the files by where they were built: both are put right.
foreach(package ${CPACK_PACKAGE_FILES})
  if(NOT package MATCHES "\\.ddeb$")
    continue()
  endif()
  set(tree ${package}.tree)
  execute_process(COMMAND dpkg-deb -R ${package} ${tree} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND dpkg-deb -f ${package} Package
    OUTPUT_VARIABLE name OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  # As Debian's own have it: the documents are those of the package that the symbols are of.
  string(REGEX REPLACE "-dbgsym$" "" of ${name})
  file(MAKE_DIRECTORY ${tree}/usr/share/doc)
  file(CREATE_LINK ${of} ${tree}/usr/share/doc/${name} SYMBOLIC)
  file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${tree} ${tree}/usr/lib/*)
  file(WRITE ${tree}/DEBIAN/md5sums "")
  foreach(file ${files})
    file(MD5 ${tree}/${file} sum)
    file(APPEND ${tree}/DEBIAN/md5sums "${sum}  ${file}\n")
  endforeach()
  execute_process(COMMAND dpkg-deb --root-owner-group -Z${CPACK_DEBIAN_COMPRESSION_TYPE} --build ${tree} ${package}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE_RECURSE ${tree})
endforeach()
