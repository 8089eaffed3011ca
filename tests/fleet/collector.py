#!/usr/bin/env python3
"""A collector of logs: prints what comes over TCP. Usage: collector.py PORT"""
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile() as lines:
            for line in lines:
                print(line, end="", flush=True)
