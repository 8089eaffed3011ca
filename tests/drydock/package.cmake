# kedge-drydock, the Debian package for the bench: `cpack` in the build folder makes it.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL drydock)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Kedge authors <kedge@kedge.invalid>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_DRYDOCK_PACKAGE_NAME kedge-drydock)
set(CPACK_DEBIAN_DRYDOCK_PACKAGE_SECTION net)
set(CPACK_DEBIAN_DRYDOCK_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DRYDOCK_PACKAGE_RECOMMENDS "mosquitto, mosquitto-clients")
set(CPACK_DEBIAN_DRYDOCK_PACKAGE_SUGGESTS awscli)
set(CPACK_COMPONENT_DRYDOCK_DESCRIPTION
"local AWS IoT Jobs service for the bench
 Speaks the device's side over an MQTT broker and the operator's side to the
 real aws command, with the states, errors and notifications of AWS IoT Jobs.
 It loses, delays, doubles and refuses messages when told to, so that a
 fleet's recovery can be tested without the cloud.")
include(CPack)
