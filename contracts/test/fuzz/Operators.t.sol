// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerBase} from "../LedgerBase.sol";

/// @notice Whatever happens to an organisation and its keys: what is answered about a past moment is what was answered at
/// that moment, or nothing. Never more.
contract OperatorsFuzzTest is LedgerBase {
    /// @dev What was true of a key at a moment.
    struct Moment {
        address operator;
        uint48 time;
        uint32 id;
        uint16 roles;
    }

    Moment[] private past;
    address[] private keys;

    function testFuzz_operatorAt_neverClaimsMoreThanWasTrue(uint256 seed) public {
        admit(luz, 620);
        keys.push(luz);
        uint48 time = START;
        for (uint256 step = 0; step < 24; step++) {
            seed = uint256(keccak256(abi.encode(seed)));
            remember(time);
            // Often several things happen within one second.
            time += uint48(within(seed >> 8, 0, 3) * within(seed >> 16, 0, 60 days));
            vm.warp(time);
            act(seed);
        }
        remember(time);
        for (uint256 i = 0; i < past.length; i++) {
            Moment memory moment = past[i];
            (uint32 id, uint16 roles,) = directory.operatorAt(moment.operator, moment.time);
            isTrue(id == 0 || id == moment.id, "id is as it was");
            isTrue(roles == 0 || (roles == moment.roles && id != 0), "roles are as they were");
        }
    }

    /// @dev The full answer about now agrees with the short one, and is not empty without reason.
    function remember(uint48 time) private {
        for (uint256 i = 0; i < keys.length; i++) {
            (uint32 id, uint16 roles,) = directory.operatorAt(keys[i], time);
            same(id, directory.organizationOf(keys[i]), "organization now");
            if (id != 0) same(roles, directory.organization(1).roles, "roles now");
            same(directory.ownerOf(keys[i]), 1, "owner");
            // What is remembered of one second is its last state, as the ledger answers for it.
            drop(keys[i], time);
            past.push(Moment(keys[i], time, id, roles));
        }
    }

    function drop(address operator, uint48 time) private {
        for (uint256 i = past.length; i > 0 && past[i - 1].time == time; i--) {
            if (past[i - 1].operator != operator) continue;
            past[i - 1] = past[past.length - 1];
            past.pop();
            return;
        }
    }

    function act(uint256 seed) private {
        address present = directory.organization(1).operator;
        uint48 end = uint48(block.timestamp + within(seed >> 32, 1, 1096 days));
        address next = vm.addr(within(seed, 1, type(uint128).max));
        uint256 choice = seed % 6;
        bool acts = directory.organizationOf(present) == 1;
        if (choice == 0) suspendOrReinstate();
        else if (choice == 1) setRoles(uint16(seed >> 64));
        else if (choice == 2) replace(next, end);
        else if (choice == 3) replace(present, end);
        else if (choice == 4 && acts) renew(present, end);
        else if (choice == 5 && acts) handOverTo(present, next, end);
    }

    function suspendOrReinstate() private {
        bool active = directory.isActive(1);
        vm.prank(council);
        active ? directory.suspend(1) : directory.reinstate(1);
    }

    function setRoles(uint16 roles) private {
        vm.prank(council);
        directory.setRoles(1, roles);
    }

    function replace(address next, uint48 end) private {
        if (next != directory.organization(1).operator) keys.push(next);
        vm.prank(council);
        directory.replaceOperator(1, next, end);
    }

    function renew(address present, uint48 end) private {
        vm.prank(present);
        directory.renewOperator(end);
    }

    function handOverTo(address present, address next, uint48 end) private {
        handOver(present, next, end);
        keys.push(next);
    }
}
