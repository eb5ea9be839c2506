// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice Random acts by rightful and wrongful callers; a plain struct per subject must agree after every one.
contract SubjectsFuzzTest is LedgerBase {
    struct Plain {
        address controller;
        uint256 epoch;
        uint256 nonce;
    }

    uint256 private constant ACTORS = 4;

    mapping(address subject => Plain) private _plain;
    uint256[] private _keys;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < ACTORS; i++) {
            _keys.push(keyOf(string.concat("actor ", vm.toString(i))));
            address actor = vm.addr(_keys[i]);
            _plain[actor].controller = actor;
        }
    }

    function testFuzz_subjects_agreeWithAPlainStruct(uint256 seed) public {
        for (uint256 step = 0; step < 12; step++) {
            act(uint256(keccak256(abi.encode(seed, step))));
            for (uint256 i = 0; i < ACTORS; i++) {
                agree(vm.addr(_keys[i]));
            }
        }
    }

    /// @dev Picks subject, signer, nonce and act from `dice`. Half of the acts are by the rightful controller.
    function act(uint256 dice) private {
        address subject = vm.addr(_keys[dice % ACTORS]);
        address next = vm.addr(_keys[(dice >> 16) % ACTORS]);
        uint256 key = _keys[(dice >> 32) % ACTORS];
        Plain storage plain = _plain[subject];
        if (dice & (1 << 128) != 0) {
            for (uint256 i = 0; i < ACTORS; i++) {
                if (vm.addr(_keys[i]) == plain.controller) key = _keys[i];
            }
        }
        uint64 nonce = uint64(plain.nonce);
        if (dice & (3 << 129) == 0) nonce ^= 1;

        bool rotation = dice & (1 << 140) != 0;
        bool relayed = dice & (1 << 141) != 0;
        bool done;
        if (relayed) done = rotation ? relayRotation(subject, next, nonce, key) : relayRevocation(subject, nonce, key);
        else done = rotation ? rotate(subject, next, key) : revokeAll(subject, key);

        bool rightful = vm.addr(key) == plain.controller && (!relayed || nonce == plain.nonce);
        isTrue(done == rightful, "accepted exactly if rightful");
        if (!done) return;
        plain.epoch++;
        plain.nonce++;
        if (rotation) plain.controller = next;
    }

    function agree(address subject) private view {
        ISubjects.Subject memory packed = subjects.subjectOf(subject);
        same(packed.controller, _plain[subject].controller, "controller");
        same(packed.epoch, _plain[subject].epoch, "epoch");
        same(packed.nonce, _plain[subject].nonce, "nonce");
    }

    function rotate(address subject, address next, uint256 key) private returns (bool) {
        vm.prank(vm.addr(key));
        try subjects.rotate(subject, next) {
            return true;
        } catch {
            return false;
        }
    }

    function revokeAll(address subject, uint256 key) private returns (bool) {
        vm.prank(vm.addr(key));
        try subjects.revokeAll(subject) {
            return true;
        } catch {
            return false;
        }
    }

    function relayRotation(address subject, address next, uint64 nonce, uint256 key) private returns (bool) {
        bytes memory signature = signed(key, rotateDigest(subject, next, nonce, START));
        try subjects.rotateBySig(subject, next, START, signature) {
            return true;
        } catch {
            return false;
        }
    }

    function relayRevocation(address subject, uint64 nonce, uint256 key) private returns (bool) {
        bytes memory signature = signedCompact(key, revokeAllDigest(subject, nonce, START));
        try subjects.revokeAllBySig(subject, START, signature) {
            return true;
        } catch {
            return false;
        }
    }
}
